import {createRequire} from 'node:module';
import {dirname, join, sep} from 'node:path';
import leven from 'leven';
import {UserError} from '../errors.js';
import {tf} from './tf.js';
import {replaceMatMul} from './wasm/matmul.js';

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
  const failure = await openTensorflow();
  if (failure === undefined) {
    const reason = choice === 'auto' ? 'the fastest engine that is installed' : 'asked for';
    return {backend: 'tensorflow', description: 'TensorFlow through tfjs-node', reason};
  }
  if (choice === 'auto') return openWasm(`TensorFlow is not there: ${failure}`);
  throw new UserError(
    `--backend tensorflow: ${failure}.\nInstall the package @tensorflow/tfjs-node with its native library, or use --backend wasm.`,
  );
}

function isChoice(choice: string): choice is BackendChoice {
  return (backendChoices as readonly string[]).includes(choice);
}

function unknownChoice(choice: string): string {
  const near = backendChoices.find((name) => leven(name, choice, {maxDistance: 3}) <= 2);
  const hint = near ? ` Did you mean \`${near}\`?` : '';
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

let replaced = false;

/** Once a process: a kernel that replaces another calls the one that was there. */
function replaceKernels(): void {
  if (replaced) return;
  replaced = true;
  replaceMatMul();
}

const NATIVE_PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** @returns why it can't be had, or undefined once it is open */
async function openTensorflow(): Promise<string | undefined> {
  const failures: string[] = [];
  for (const name of NATIVE_PACKAGES) {
    const failure = loadNative(name);
    if (failure === undefined) {
      await tf.setBackend('tensorflow');
      return undefined;
    }
    failures.push(failure);
  }
  return failures.join('; ');
}

/**
 * Registers the package's backend on the one copy of tfjs-core, with its addon. The package's own main module is not
 * used: it exits with a download hint where the addon is missing, and breaks on Node >= 23.
 */
function loadNative(name: string): string | undefined {
  let folder: string;
  try {
    folder = dirname(require.resolve(`${name}/package.json`));
  } catch {
    return `${name} is not installed`;
  }
  try {
    const addon = require(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'));
    defineRemovedUtilities();
    require(join(folder, 'dist', 'register_all_kernels.js'));
    const {NodeJSKernelBackend} = require(join(folder, 'dist', 'nodejs_kernel_backend.js'));
    tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(addon, name), 3);
    return undefined;
  } catch (error) {
    return `the native library of ${name} can't be loaded (${(error as Error).message.split('\n')[0]})`;
  }
}

/** tfjs-node 4.22 calls `util.isNullOrUndefined`, which Node 23 removed. */
function defineRemovedUtilities(): void {
  const util = require('node:util') as {isNullOrUndefined?: (value: unknown) => boolean};
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
}
