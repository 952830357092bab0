import {createRequire} from 'node:module';
import {availableParallelism} from 'node:os';
import {dirname, sep} from 'node:path';
import {hasOwnAddon, mayComputeOnGpu, missingTensorflow, remedyOf, tensorflowCandidates} from '../native/index.js';
import {closestName, describeValue, UserError} from '../support/index.js';
import {correctGradients} from './corrected/all.js';
import {replaceCpuKernels} from './cpu.js';
import {tensorflowBackend} from './tensorflow/binding.js';
import {replaceTensorflowKernels} from './tensorflow/kernels.js';
import {registerTensorflow} from './tensorflow/load.js';
import {requireWayForGraphs} from './tensorflow/saved-model/load-graph.js';
import {chooseThreads, requireThreadCounts, type Work} from './tensorflow/threads.js';
import {tf} from './tf.js';
import {replaceKernels} from './wasm/replace.js';
import {startWasm} from './wasm/start.js';

const require = createRequire(import.meta.url);

/** What `--backend` may be. */
export const backendChoices = Object.freeze(['auto', 'tensorflow', 'wasm', 'cpu'] as const);
/** One of `backendChoices`. */
export type BackendChoice = (typeof backendChoices)[number];
/** An engine by its name. */
export type BackendName = Exclude<BackendChoice, 'auto'>;

/** The engine that everything runs on. */
export interface EngineInfo {
  readonly backend: BackendName;
  /** On a GPU, where TensorFlow sees one, is what has a kernel for it. */
  readonly device: 'cpu' | 'gpu';
  /** What computes, as text. */
  readonly description: string;
  /** Why this one. */
  readonly reason: string;
  /** What could not be loaded; absent where nothing else was tried. */
  readonly failed?: readonly FailedAddon[];
}

/** An addon of TensorFlow that is installed but can't be loaded. */
export interface FailedAddon {
  /** Absolute path. */
  readonly addon: string;
  /** Where it comes from, as text. */
  readonly origin: string;
  /** Why it can't be loaded: the first line of what Node said. */
  readonly reason: string;
  /** The command that fixes it. */
  readonly remedy: string;
}

/**
 * Activates the chosen backend. `auto` takes TensorFlow if its library is there, else wasm.
 * Nothing is downloaded.
 * @param work - the expected work, if known: TensorFlow's threads are chosen by it
 * @throws UserError for an unknown choice, for `tensorflow` where it can't be loaded, and for an engine that lacks memory or a
 * folder to work in
 */
export function openEngine(choice: string, work?: Work): Promise<EngineInfo> {
  const opened = opening.then(() => open(choice, work));
  opening = opened.catch(() => {});
  return opened;
}

/** One at a time: what is half open would be taken for open. */
let opening: Promise<unknown> = Promise.resolve();

async function open(choice: string, work?: Work): Promise<EngineInfo> {
  if (!isChoice(choice)) throw new UserError(unknownChoice(choice));
  if (choice === 'cpu') return openCpu();
  if (choice === 'wasm') return openWasm('asked for');
  if (tensorflowCandidates().length > 0) requireThreadCounts();
  if (work && !mayComputeOnGpu()) {
    chooseThreads(work, {sharesProducts: hasOwnAddon(), processors: availableParallelism()});
  }
  const {origin, failed} = await openTensorflow();
  const tried = failed.length > 0 ? {failed} : {};
  if (origin !== undefined) {
    const {binding} = tensorflowBackend();
    requireWayForGraphs(binding);
    const device = binding.isUsingGpuDevice() ? 'gpu' : 'cpu';
    const reason = choice === 'auto' ? 'the fastest engine that is installed' : 'asked for';
    return {backend: 'tensorflow', device, description: origin, reason, ...tried};
  }
  const {why, remedy} = whyNotOpened(failed);
  if (choice === 'auto') return {...(await openWasm(`TensorFlow would be faster, but ${why}: ${remedy}`)), ...tried};
  throw new UserError(`--backend tensorflow: ${why}.\nInstall it with \`${remedy}\`, or use --backend wasm.`);
}

function whyNotOpened(failed: readonly FailedAddon[]): {why: string; remedy: string} {
  if (failed.length > 0) {
    const reasons = failed.map(({origin, reason}) => `${origin} can't be loaded (${reason})`);
    return {why: reasons.join('; '), remedy: failed[0]!.remedy};
  }
  const {state, remedy} = missingTensorflow();
  return {why: `it is ${state}`, remedy};
}

function isChoice(choice: string): choice is BackendChoice {
  return (backendChoices as readonly string[]).includes(choice);
}

function unknownChoice(choice: unknown): string {
  const allowed = `Allowed: ${backendChoices.join(', ')}.`;
  if (typeof choice !== 'string')
    return `--backend: must be the name of an engine, found ${describeValue(choice)}. ${allowed}`;
  const close = closestName(choice, backendChoices);
  const hint = close ? ` Did you mean \`${close}\`?` : '';
  return `--backend: there is no engine '${choice}'.${hint} ${allowed}`;
}

async function openCpu(): Promise<EngineInfo> {
  // Without this the backend prints a greeting on stderr.
  tf.env().set('PROD', true);
  require('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  replaceCpuKernels();
  correctGradients();
  return {backend: 'cpu', device: 'cpu', description: 'plain JavaScript (slow: for checks)', reason: 'asked for'};
}

/** tfjs lets it be set once, also where it could not be started then. */
let isPathSet = false;

async function openWasm(reason: string): Promise<EngineInfo> {
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm');
  const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
  if (!isPathSet) wasm.setWasmPaths(folder + sep);
  isPathSet = true;
  // A worker thread per core gains nothing in Node and slows start-up.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await keepingErrorHandlers(() => startWasm(folder));
  replaceKernels();
  correctGradients();
  return {backend: 'wasm', device: 'cpu', description: 'WebAssembly with SIMD, corrected kernels', reason};
}

/** Emscripten's code handles every uncaught error itself, and ends the process with a code of its own. */
async function keepingErrorHandlers(load: () => Promise<unknown>): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as never));
  await load();
  for (const [i, event] of events.entries()) {
    for (const listener of process.listeners(event as never))
      if (!before[i]!.includes(listener)) process.off(event, listener);
  }
}

/** @returns the origin of the opened one, if any, and what was tried before it */
async function openTensorflow(): Promise<{origin: string | undefined; failed: FailedAddon[]}> {
  const failed: FailedAddon[] = [];
  for (const candidate of tensorflowCandidates()) {
    try {
      if (tf.findBackendFactory('tensorflow') === null) registerTensorflow(candidate);
      await tf.setBackend('tensorflow');
      replaceTensorflowKernels();
      correctGradients();
      return {origin: candidate.origin, failed};
    } catch (error) {
      if (tf.findBackendFactory('tensorflow') !== null) tf.removeBackend('tensorflow');
      const {addon, origin} = candidate;
      failed.push({addon, origin, reason: (error as Error).message.split('\n')[0]!, remedy: remedyOf(candidate)});
    }
  }
  return {origin: undefined, failed};
}
