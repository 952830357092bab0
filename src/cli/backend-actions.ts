import pc from 'picocolors';
import type {EngineInfo, FailedAddon} from '../engine/index.js';
import {checkAddon, requireThreadCounts} from '../engine/index.js';
import {
  type InstalledTensorflow,
  installedTensorflows,
  missingTensorflow,
  remedyOf,
  type TensorflowCandidate,
  tensorflowCandidates,
} from '../native/index.js';
import {installTensorflow, removeTensorflow} from '../native/install/index.js';
import {findHome, runInChild, siblingModule, UserError} from '../support/index.js';
import type {EngineTask} from './backend-process.js';
import {createInstallReporter} from './install-reporter.js';

/** Flags of `backend install`. */
export interface InstallFlags {
  readonly gpu?: boolean;
  readonly version: string;
  readonly fetchWith?: 'pip' | 'https';
  readonly json?: boolean;
}

/** Prints the engines and which one `auto` takes; in a child process, since TensorFlow prints while it loads. */
export async function listAction({json}: {json?: boolean}): Promise<void> {
  const candidates = tensorflowCandidates();
  const auto = await askAuto(candidates);
  if (json) {
    const tensorflow = {
      name: 'tensorflow',
      available: candidates.length > 0,
      installed: installedTensorflows(),
      candidates: candidates.map(({addon, origin, damage}) => ({addon, origin, damage})),
    };
    const engines = [tensorflow, {name: 'wasm', available: true}, {name: 'cpu', available: true}];
    process.stdout.write(`${JSON.stringify({engines, auto}, undefined, 2)}\n`);
    return;
  }
  const lines = [
    ...tensorflowLines(candidates, auto.failed ?? []),
    ['wasm', 'WebAssembly, comes with this tool'],
    ['cpu', 'plain JavaScript, slow: for checks'],
  ];
  for (const [name, text] of lines) {
    const mark = name === auto.backend ? '*' : ' ';
    process.stdout.write(`${mark} ${name!.padEnd(11)} ${text}\n`);
  }
  process.stdout.write(`auto takes ${auto.backend}: ${auto.reason}\n`);
}

/** What `auto` takes; a corrupt library ends the process that loads it, as it would end a run. */
async function askAuto([first]: readonly TensorflowCandidate[]): Promise<EngineInfo> {
  const task: EngineTask = {task: 'open', choice: 'auto'};
  try {
    return await runInChild<EngineInfo>(siblingModule('backend-process', import.meta.url), task);
  } catch (error) {
    if (!first || error instanceof UserError) throw error;
    const {addon, origin} = first;
    const failed = [{addon, origin, reason: (error as Error).message.split('\n')[0]!, remedy: remedyOf(first)}];
    const reason = 'but loading it ends the process; until it is fixed, use --backend wasm';
    return {backend: 'tensorflow', device: 'cpu', description: origin, reason, failed};
  }
}

function tensorflowLines(candidates: readonly TensorflowCandidate[], failed: readonly FailedAddon[]): string[][] {
  if (candidates.length === 0) {
    const {state, remedy} = missingTensorflow();
    return [['tensorflow', atHome(`${state}; to get it: ${remedy}`)]];
  }
  return candidates.map(({addon, origin, damage}, i) => {
    const failure = failed.find((other) => other.addon === addon);
    const state = damage === undefined ? `can't be loaded (${failure?.reason})` : `damaged (${damage})`;
    const described = failure ? `${origin}, ${state}; to fix it: ${failure.remedy}` : origin;
    return [i === 0 ? 'tensorflow' : '', atHome(i === 0 ? described : `also: ${described}`)];
  });
}

/** Installs TensorFlow and prints where it is. @throws UserError for an error that the user can fix */
export async function installAction({gpu, version, fetchWith, json}: InstallFlags): Promise<void> {
  requireThreadCounts();
  const reporter = createInstallReporter(process.stderr);
  const options = {
    version,
    kind: gpu ? 'gpu' : 'cpu',
    reporter,
    check: checkAddon,
    ...(fetchWith && {fetchWith}),
  } as const;
  const {installed, report, bytes, seconds} = await installTensorflow(options).finally(reporter.end);
  if (gpu && report && !report.gpu) {
    process.stderr.write(pc.yellow('TensorFlow works, but it sees no GPU here: it computes on the CPU.\n'));
  }
  if (json) {
    process.stdout.write(`${JSON.stringify({...installed, bytes, seconds, alreadyThere: report === undefined})}\n`);
    return;
  }
  const size = `${Math.round(bytes / 1e6)} MB`;
  const what = `TensorFlow ${installed.version} (${installed.kind})`;
  process.stdout.write(
    report
      ? `${what} installed in ${Math.round(seconds)} s: ${atHome(installed.folder)} (${size}). Runs take it from now on.\n`
      : `${what} is already installed: ${atHome(installed.folder)} (${size}). To rebuild it: algoperf-ts backend remove, then install.\n`,
  );
}

/** Removes every installation of TensorFlow. @throws UserError while one is being made */
export async function removeAction({json}: {json?: boolean}): Promise<void> {
  const removed = await removeTensorflow();
  if (json) {
    process.stdout.write(`${JSON.stringify({removed})}\n`);
    return;
  }
  if (removed.length === 0) process.stdout.write('There was no installation to remove.\n');
  for (const {version, kind, folder} of removed as InstalledTensorflow[]) {
    process.stdout.write(`Removed TensorFlow ${version} (${kind}): ${atHome(folder)}\n`);
  }
}

/** A path as people write it: `~` for the home folder. */
function atHome(text: string): string {
  const home = findHome();
  return home === undefined ? text : text.replace(`${home}/`, '~/');
}
