import {existsSync, realpathSync} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {type ConfigSource, commonKeys, readConfig} from '../config/index.js';
import type {Json, Submission, Workload} from '../contract/index.js';
import {type CodeFacts, type CodeKind, FILES, type TuningFacts} from '../runs/index.js';
import {
  isModulePath,
  type KnownCode,
  ModuleLoadError,
  modulePathsIn,
  requireCode,
  UserError,
  UserFunctionError,
} from '../support/index.js';
import {
  checkedRun,
  closeRuntime,
  loadParts,
  loadWorkloadOf,
  openRuntime,
  type RunOptions,
  type Runtime,
  silentWatcher,
} from '../training/index.js';
import {recordedCode, sourceFolder} from './check-code.js';
import {codeIn, keptCodeIn, realOr} from './code-places.js';
import {OWN_CODE_REMEDY} from './findings.js';
import type {BegunRun} from './recorded-run.js';

/** What a recorded run is loaded with, where it is other than the run's folder says. */
export interface LoadOptions {
  /** Default: the run's; of a user's own, the source that the run keeps. */
  readonly workload?: string | Workload | undefined;
  /** Default: the run's. */
  readonly dataDir?: string | undefined;
  /** `tensorflow`, `wasm` or `cpu`; default: that of the run's last process. */
  readonly backend?: string | undefined;
}

/** Does something in a runtime for a run, and closes it. @throws UserError if the engine or the data is not there */
export async function inRuntime<T>(options: RunOptions, work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const {submission, workload, loaded} = options;
  const runtime = await openRuntime(options, submission.getBatchSize(workload, loaded.config));
  try {
    return await work(runtime);
  } finally {
    await closeRuntime(runtime);
  }
}

/** Whether a run's own code has thrown, or can't be loaded: it may lack here what it had in the run. */
export function isOfOwnCode(error: unknown): error is UserError {
  return error instanceof UserFunctionError || error instanceof ModuleLoadError;
}

/** Does something with a run's workload. @throws UserError saying what to do, too, if the source that the run keeps of it fails */
export async function withOwnCodeRemedy<T>({workload}: LoadOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (workload !== undefined || !isOfOwnCode(error)) throw error;
    throw new UserError(`${error.message}; ${OWN_CODE_REMEDY}`, {cause: error});
  }
}

/** Whether what trained a run, its submission or a schedule, is a user's own code. @throws UserError if its config can't be read */
export function isTrainedByUsers({path}: BegunRun): boolean {
  const {submission, data} = readConfig(join(path, FILES.config));
  return modulePathsIn([submission, data as Json]).length > 0;
}

/**
 * The options of a run as its folder has them: workload, submission and config from the source that the folder keeps.
 * @throws UserError if something of it is not there, or can't be loaded
 */
export async function loadRecorded(run: BegunRun, options: LoadOptions): Promise<RunOptions> {
  return loadedFrom(run, keptConfig(run, readConfig(join(run.path, FILES.config))), options);
}

/**
 * The same without a user's own submission: in its place is one that can't train, whose config has the keys that all configs have.
 * @param source - the run's config, read once: the file may be another one by the next time
 * @throws UserError if something of it is not there, or can't be loaded
 */
export async function loadWithoutSubmission(
  run: BegunRun,
  options: LoadOptions,
  source: ConfigSource = readConfig(join(run.path, FILES.config)),
): Promise<RunOptions> {
  if (!isModulePath(source.submission)) return loadedFrom(run, keptConfig(run, source), options);
  const data = Object.fromEntries(
    Object.entries(Object(source.data) as {[key: string]: Json}).filter(([key]) => commonKeys.includes(key)),
  );
  return loadedFrom(run, {...source, data}, options, unloaded);
}

const refuse = (): never => {
  throw new Error('the submission is not loaded');
};

/** Stands for a user's submission. */
const unloaded: Submission = {
  getBatchSize: (workload, config) => config.batchSize ?? workload.batchSize,
  initOptimizerState: refuse,
  updateParams: refuse,
  dataSelection: refuse,
};

async function loadedFrom(
  run: BegunRun,
  source: ConfigSource,
  {workload, dataDir, backend}: LoadOptions,
  submission?: Submission,
): Promise<RunOptions> {
  const {meta, flags} = run;
  const named = {workload: workload ?? keptWorkload(run), config: source.file, submission: source.submission};
  const parts = submission ? {workload: await loadWorkloadOf(named), submission} : await loadParts(named, source);
  const {maxRuntime, dataDir: usedDir} = flags.at(-1)!;
  return {
    ...checkedRun(named, source, parts),
    flags: {},
    experimentDir: '',
    backend: backend ?? String(meta.at(-1)!.backend),
    dataDir: dataDir ?? (typeof usedDir === 'string' ? usedDir : undefined),
    rngSeed: meta[0]!.rng_seed as number,
    maxRuntime: typeof maxRuntime === 'number' ? maxRuntime : undefined,
    tuning: tuningOf(run),
    watcher: silentWatcher,
    signal: new AbortController().signal,
  };
}

function tuningOf({meta}: BegunRun): TuningFacts | undefined {
  const {tuning_ruleset: ruleset, tuning_rng_seed: seed, study, trial} = meta[0]!;
  return ruleset === undefined ? undefined : ({ruleset, seed, study, trial} as unknown as TuningFacts);
}

/** The workload's name, or the path of its kept source. */
function keptWorkload(run: BegunRun): string {
  const named = run.flags.at(-1)!.workload;
  const name = typeof named === 'string' && isModulePath(named) ? named : String(run.meta[0]!['workload.name']);
  // Whichever names a file: nothing is loaded that the run does not keep.
  return isModulePath(name) ? keptModule(run, 'workload', name) : name;
}

/** The run's config, read, with the paths of the user's modules replaced by those of their kept source. */
function keptConfig(run: BegunRun, source: ConfigSource): ConfigSource {
  const data = withKeptModules(run, {...Object(source.data), submission: source.submission});
  return {...source, submission: String(data.submission), data};
}

/** A config's values, with the paths of the user's modules replaced by those of their kept source. @throws UserError if that is not there */
export function withKeptModules(run: BegunRun, config: {readonly [key: string]: Json}): {readonly [key: string]: Json} {
  const {submission} = config;
  const isKept = typeof submission === 'string' && isModulePath(submission);
  return {
    ...Object(withKeptSchedules(run, config)),
    ...(isKept && {submission: keptModule(run, 'submission', submission)}),
  };
}

function withKeptSchedules(run: BegunRun, value: Json): Json {
  if (typeof value === 'string')
    return isModulePath(value) && keptPlace(run, 'schedules', value) ? keptModule(run, 'schedules', value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((each) => withKeptSchedules(run, each));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withKeptSchedules(run, each)]));
}

/**
 * The path of a module that the run keeps. Nothing of its code is loaded that is not as the run recorded it.
 * @throws UserError if the run does not keep it
 */
function keptModule(run: BegunRun, kind: CodeKind, named: string): string {
  const place = keptPlace(run, kind, named);
  if (place === undefined)
    throw new UserError(
      `${run.path} does not keep the source of the ${kind} ${named}${kind === 'workload' ? '; give it with --workload' : ''}`,
    );
  requireCode(place.code);
  return place.module;
}

/** Where the run keeps a module; undefined: nowhere. */
function keptPlace(run: BegunRun, kind: CodeKind, named: string): {code: KnownCode; module: string} | undefined {
  const [folder, recorded] = [sourceFolder(run, kind), recordedCode(run, kind)];
  if (folder === undefined || recorded === undefined) return undefined;
  const code = keptCodeIn(run.path, realOr(folder), recorded);
  const module = code.files[moduleNamed(recorded, named)]?.place;
  return module !== undefined && existsSync(module) ? {code, module} : undefined;
}

/** Modules of schedules are recorded by where they were. */
function moduleNamed({modules, cwd}: CodeFacts, named: string): string {
  return modules[named] ?? modules[resolve(cwd, named)] ?? basename(named);
}

/**
 * Sees to it that of a workload which the user names nothing is loaded that is not as the run recorded it, whatever its file is called.
 * @param workload - as `verify --workload` has it
 */
export function requireRecordedWorkload(run: BegunRun, workload: LoadOptions['workload']): void {
  const recorded = recordedCode(run, 'workload');
  if (typeof workload !== 'string' || !isModulePath(workload) || recorded === undefined || !existsSync(workload))
    return;
  const place = realpathSync(workload);
  const code = codeIn(run.path, dirname(place), recorded);
  const module = moduleNamed(recorded, String(run.flags.at(-1)!.workload));
  requireCode({...code, files: {...code.files, [module]: {...code.files[module]!, place}}});
}
