import {createRequire} from 'node:module';
import {dirname, sep} from 'node:path';
import {UserError} from '../errors.js';
import {near} from '../near.js';
import {registerTensorflow, tensorflowCandidates} from './tensorflow/load.js';
import {tf} from './tf.js';
import {replaceKernels} from './wasm/replace.js';
import './mean-pool.js';
import './relu.js';

const require = createRequire(import.meta.url);

export const backendChoices = ['auto', 'tensorflow', 'wasm', 'cpu'] as const;
export type BackendChoice = (typeof backendChoices)[number];
export type BackendName = Exclude<BackendChoice, 'auto'>;

export interface EngineInfo {
  readonly backend: BackendName;
  /** What computes, in words. */
  readonly description: string;
  /** Why this one. */
  readonly reason: string;
}

/**
 * Makes the chosen backend the one that everything runs on. `auto` takes TensorFlow if its library is there, else wasm.
 * Nothing is downloaded.
 * @throws UserError for an unknown choice, and for `tensorflow` where it can't be loaded
 */
export async function openEngine(choice: string): Promise<EngineInfo> {
  if (!isChoice(choice)) throw new UserError(unknownChoice(choice));
  if (choice === 'cpu') return openCpu();
  if (choice === 'wasm') return openWasm('asked for');
  const opened = await openTensorflow();
  if ('origin' in opened) {
    const reason = choice === 'auto' ? 'the fastest engine that is installed' : 'asked for';
    return {backend: 'tensorflow', description: opened.origin, reason};
  }
  if (choice === 'auto')
    return openWasm(`TensorFlow would be faster, but ${opened.failure}: algoperf-ts backend install tensorflow`);
  throw new UserError(
    `--backend tensorflow: ${opened.failure}.\nInstall it with \`algoperf-ts backend install tensorflow\`, or use --backend wasm.`,
  );
}

function isChoice(choice: string): choice is BackendChoice {
  return (backendChoices as readonly string[]).includes(choice);
}

function unknownChoice(choice: string): string {
  const close = near(choice, backendChoices);
  const hint = close ? ` Did you mean \`${close}\`?` : '';
  return `--backend: there is no engine '${choice}'.${hint} Allowed: ${backendChoices.join(', ')}.`;
}

async function openCpu(): Promise<EngineInfo> {
  // Without this the backend greets its user on stderr.
  tf.env().set('PROD', true);
  require('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  return {backend: 'cpu', description: 'plain JavaScript (slow: for checks)', reason: 'asked for'};
}

async function openWasm(reason: string): Promise<EngineInfo> {
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  // A worker thread per core gains nothing in Node and costs start-up.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await tf.setBackend('wasm');
  replaceKernels();
  return {backend: 'wasm', description: 'WebAssembly with SIMD, corrected kernels', reason};
}

/** @returns why it can't be had, or where the one that is now open comes from */
async function openTensorflow(): Promise<{failure: string} | {origin: string}> {
  const failures: string[] = [];
  for (const candidate of tensorflowCandidates()) {
    try {
      registerTensorflow(candidate);
      await tf.setBackend('tensorflow');
      return {origin: candidate.origin};
    } catch (error) {
      failures.push(`${candidate.origin} can't be loaded (${(error as Error).message.split('\n')[0]})`);
    }
  }
  return {failure: failures.length > 0 ? failures.join('; ') : 'it is not installed'};
}
