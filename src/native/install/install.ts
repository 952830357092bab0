import {mkdirSync, readFileSync, renameSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {cacheFolder, UserError} from '../../support/index.js';
import type {TensorflowCandidate} from '../candidates.js';
import {
  ADDON_FILE,
  type InstalledTensorflow,
  installationName,
  installedTensorflows,
  type TensorflowKind,
} from '../installed.js';
import {NO_PACKAGE, packageCommand, tensorflowPackages} from '../packages.js';
import {bytesIn, removeStaging, stagingFolder, wheelFolder, writeRecord} from './cache.js';
import {compileAddon} from './compile.js';
import {type Fetcher, fetchWheel} from './fetch-wheel.js';
import {withLock} from './lock.js';
import {type BuildTools, type Machine, requireMachine, thisMachine} from './machine.js';
import {findPip} from './pip.js';
import {cudaWheels, type InstallPlan, LIBRARIES, planInstall, type WheelRequest} from './plan.js';
import {unpackWheel} from './unpack.js';

/** What a working addon reports about itself. */
export interface AddonReport {
  /** The version of the TensorFlow it is linked to. */
  readonly version: string;
  /** Whether TensorFlow computes on a GPU here. */
  readonly gpu: boolean;
}

/** Gets the progress of an installation. */
export interface InstallReporter {
  /** A step begins: `Fetching tensorflow-cpu 2.21.0`. */
  step(text: string): void;
  /** Bytes of this step. @param total - undefined where it is not known */
  progress(done: number, total: number | undefined): void;
  /** Whether a person watches, so that pip may draw its bar. */
  readonly visible: boolean;
}

export interface InstallOptions {
  readonly version: string;
  readonly kind: TensorflowKind;
  /** Default: pip if there is one. */
  readonly fetchWith?: 'pip' | 'https';
  readonly reporter: InstallReporter;
  /** Default: the machine this runs on. */
  readonly machine?: Machine;
  /** Tries the finished addon: the engine's `checkAddon`. */
  readonly check: (candidate: TensorflowCandidate) => Promise<AddonReport>;
}

/** The result of an installation. */
export interface Installation {
  readonly installed: InstalledTensorflow;
  /** What the addon said of itself; undefined where it was there before and nothing was done. */
  readonly report: AddonReport | undefined;
  /** On disk. */
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * Fetches TensorFlow's C library, builds tfjs-node's addon against it, tries it, and puts both into the user's cache under their
 * final name in one rename: an interruption before that leaves nothing that looks like an installation. One that is there
 * is left alone, unless it is damaged.
 * @throws UserError for an error that the user can fix; what was fetched by then is used again by the next try
 * @throws RangeError for a malformed version
 */
export async function installTensorflow(options: InstallOptions): Promise<Installation> {
  const plan = planInstall(options);
  const machine = options.machine ?? thisMachine();
  const cache = cacheFolder();
  const start = performance.now();
  const present = findInstalled(plan);
  if (present?.damage !== undefined)
    options.reporter.step(`The installation is damaged (${present.damage}): rebuilding it`);
  else if (present) {
    requirePackage(present);
    return {installed: present, report: undefined, bytes: bytesIn(present.folder), seconds: 0};
  }
  const tools = requireMachine(machine, plan, cache);
  const fetcher = chooseFetcher(options.fetchWith, machine.env);
  const report = await withLock(cache, () => build({plan, tools, fetcher, cache, machine, options})).catch(explainDisk);
  const installed = findInstalled(plan)!;
  return {installed, report, bytes: bytesIn(installed.folder), seconds: (performance.now() - start) / 1000};
}

function requirePackage({version, kind, folder}: InstalledTensorflow): void {
  if (tensorflowPackages().length > 0) return;
  throw new UserError(
    `TensorFlow ${version} (${kind}) is already installed: ${folder}. But ${NO_PACKAGE}; to get it: ${packageCommand()}`,
  );
}

interface Build {
  readonly plan: InstallPlan;
  readonly tools: BuildTools;
  readonly fetcher: Fetcher;
  readonly cache: string;
  readonly machine: Machine;
  readonly options: InstallOptions;
}

async function build(job: Build): Promise<AddonReport | undefined> {
  const {plan, tools, cache, machine, options} = job;
  // Another process may have finished between the first look and the lock.
  if (isUndamaged(findInstalled(plan))) return undefined;
  removeStaging(cache);
  const folder = stagingFolder(cache);
  mkdirSync(folder);
  try {
    await unpackWheels(job, folder);
    options.reporter.step('Building the addon');
    await compileAddon(tools, {folder, logFile: join(cache, 'build.log'), env: machine.env});
    options.reporter.step('Trying it: a matrix product and a few training steps');
    const report = await tryAddon(options.check, join(folder, ADDON_FILE), plan);
    writeRecord(folder);
    const final = join(cache, installationName(plan.version, plan.kind));
    rmSync(final, {recursive: true, force: true}); // what is damaged, or what an unfinished removal left
    renameSync(folder, final);
    rmSync(wheelFolder(cache), {recursive: true, force: true});
    return report;
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

async function unpackWheels(job: Build, folder: string): Promise<void> {
  await fetchAndUnpack(job, job.plan.tensorflow, folder);
  const missing = LIBRARIES.filter((library) => statSync(join(folder, library), {throwIfNoEntry: false}) === undefined);
  if (missing.length > 0) {
    throw new UserError(
      `The wheel of TensorFlow ${job.plan.version} has no ${missing.join(' and no ')}. Choose another version with --version.`,
    );
  }
  if (job.plan.kind === 'cpu') return;
  const metadata = job.plan.tensorflow.keep.find((path) => path.endsWith('METADATA'))!;
  for (const request of cudaWheels(readFileSync(join(folder, metadata), 'utf8')))
    await fetchAndUnpack(job, request, folder);
}

async function fetchAndUnpack(
  {fetcher, cache, machine, options}: Build,
  request: WheelRequest,
  folder: string,
): Promise<void> {
  const {reporter} = options;
  reporter.step(
    `Fetching ${request.project} ${request.specifier.replace(/^==/, '')}${fetcher.by === 'pip' ? ' with pip' : ''}`,
  );
  const wheel = await fetchWheel(fetcher, request, {
    folder: wheelFolder(cache),
    env: machine.env,
    visible: reporter.visible,
    onProgress: reporter.progress,
  });
  reporter.step(`Unpacking ${request.project}`);
  await unpackWheel({wheel, request, folder, onProgress: reporter.progress});
}

async function tryAddon(check: InstallOptions['check'], addon: string, plan: InstallPlan): Promise<AddonReport> {
  const found = tensorflowPackages()[0]!;
  try {
    return await check({addon, package: found, origin: 'the addon just built'});
  } catch (cause) {
    throw new UserError(
      `TensorFlow ${plan.version} was built but does not work here: ${(cause as Error).message}\n` +
        'Nothing was installed. Try another version with --version; the wasm engine is not touched by this.',
      {cause},
    );
  }
}

function chooseFetcher(wanted: InstallOptions['fetchWith'], env: NodeJS.ProcessEnv): Fetcher {
  const pip = wanted === 'https' ? undefined : findPip(env);
  if (pip) return {by: 'pip', pip};
  if (wanted === 'pip')
    throw new UserError('--fetch-with pip: no pip was found (python3 -m pip, pip3, pip). Use --fetch-with https.');
  return {by: 'https'};
}

function findInstalled({version, kind}: InstallPlan): InstalledTensorflow | undefined {
  return installedTensorflows().find((installed) => installed.version === version && installed.kind === kind);
}

function isUndamaged(installed: InstalledTensorflow | undefined): boolean {
  return installed !== undefined && installed.damage === undefined;
}

function explainDisk(error: unknown): never {
  const {code} = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
  throw new UserError(
    `The disk with ${cacheFolder()} is full (${code}). Make room, or set XDG_CACHE_HOME to a folder on another disk.`,
    {
      cause: error,
    },
  );
}
