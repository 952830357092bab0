import {homedir} from 'node:os';
import pc from 'picocolors';
import type {EngineInfo} from '../engine/index.js';
import {installTensorflow, removeTensorflow, runInChild, siblingModule} from '../engine/tensorflow/install/index.js';
import {type InstalledTensorflow, installedTensorflows} from '../engine/tensorflow/installed.js';
import {type TensorflowCandidate, tensorflowCandidates} from '../engine/tensorflow/load.js';
import type {InstallFlags} from './backend.js';
import type {EngineTask} from './backend-process.js';
import {createInstallReporter} from './install-reporter.js';

const INSTALL_HINT = 'algoperf-ts backend install tensorflow';

/** Prints the engines and which one `auto` takes; asked in a process of its own, since TensorFlow speaks while it loads. */
export async function listAction({json}: {json?: boolean}): Promise<void> {
  const candidates = tensorflowCandidates();
  const task: EngineTask = {task: 'open', choice: 'auto'};
  const auto = await runInChild<EngineInfo>(siblingModule('backend-process', import.meta.url), task);
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
    ...tensorflowLines(candidates),
    ['wasm', 'WebAssembly, comes with this tool'],
    ['cpu', 'plain JavaScript, slow: for checks'],
  ];
  for (const [name, text] of lines) {
    const mark = name === auto.backend ? '*' : ' ';
    process.stdout.write(`${mark} ${name!.padEnd(11)} ${text}\n`);
  }
  process.stdout.write(`auto takes ${auto.backend}: ${auto.reason}\n`);
}

function tensorflowLines(candidates: readonly TensorflowCandidate[]): string[][] {
  if (candidates.length === 0) return [['tensorflow', `not installed; to get it: ${INSTALL_HINT}`]];
  return candidates.map(({origin, damage}, i) => {
    const told = damage === undefined ? origin : `${origin}, damaged (${damage}); to mend it: ${INSTALL_HINT}`;
    return [i === 0 ? 'tensorflow' : '', atHome(i === 0 ? told : `also: ${told}`)];
  });
}

/** Installs TensorFlow and prints where it is. @throws UserError for what the user can mend */
export async function installAction({gpu, version, fetchWith, json}: InstallFlags): Promise<void> {
  const reporter = createInstallReporter(process.stderr);
  const options = {
    version,
    kind: gpu ? 'gpu' : 'cpu',
    reporter,
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
      : `${what} is there already: ${atHome(installed.folder)} (${size}). To build it anew: algoperf-ts backend remove, then install.\n`,
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
  return text.replace(`${homedir()}/`, '~/');
}
