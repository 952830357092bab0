import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {missingPart, UserError} from '../../support/index.js';
import {tf} from '../tf.js';
import {checkMemory} from './checked-memory.js';

/** Whether it has been started: it stays, also while another backend is in use. */
let isOpen = false;

/**
 * Makes wasm the backend, whose package is loaded.
 * @param folder - that of the package's .wasm files
 * @throws UserError where Node has no WebAssembly, a file is missing or damaged, or WebAssembly gets no memory: with the process's limit and what would fit
 */
export async function startWasm(folder: string): Promise<void> {
  if (wasm() === undefined)
    throw new UserError(
      '--backend wasm: this Node has no WebAssembly, as with its option --jitless; leave that out, or take another engine',
    );
  // A run may be under way on it.
  if (isOpen && tf.getBackend() === 'wasm') return;
  const isProduction = tf.env().getBool('PROD');
  // Without this tfjs prints a stack of its own where it fails.
  tf.env().set('PROD', true);
  const isStarted = await tf.setBackend('wasm');
  tf.env().set('PROD', isProduction);
  if (isStarted) {
    if (!isOpen) checkMemory((tf.backend() as unknown as {readonly wasm: Parameters<typeof checkMemory>[0]}).wasm);
    isOpen = true;
    return;
  }
  requireWholeFile(join(folder, FILE));
  throw new UserError(outOfMemory(addressSpaceLimit()));
}

/** What is loaded on a processor with SIMD, without threads. */
const FILE = 'tfjs-backend-wasm-simd.wasm';

/** What is used of Node's `WebAssembly`, which its types leave out. */
function wasm(): {validate(bytes: Uint8Array): boolean} | undefined {
  return (globalThis as unknown as {WebAssembly?: ReturnType<typeof wasm>}).WebAssembly;
}

function requireWholeFile(path: string): void {
  const name = '--backend wasm: a file of the package @tensorflow/tfjs-backend-wasm is';
  if (!existsSync(path)) throw missingPart(`${name} missing (${path})`);
  if (!wasm()!.validate(readFileSync(path))) throw missingPart(`${name} damaged (${path})`);
}

function outOfMemory(limit: number | undefined): string {
  const found =
    limit === undefined
      ? 'and the system gives it none'
      : `but this process is limited to ${(limit / 1e9).toFixed(1)} GB (ulimit -v, or the batch system's limit of virtual memory)`;
  return (
    `--backend wasm: WebAssembly reserves about 10 GB of addresses, ${found}.\n` +
    'Raise the limit to 16 GB or take it away (ulimit -v unlimited), or run with NODE_OPTIONS=--disable-wasm-trap-handler: ' +
    'slower, but without that reserve; 3 GB are enough then.'
  );
}

/** The most bytes of addresses that this process may have; undefined where there is no limit or none is known. */
function addressSpaceLimit(): number | undefined {
  try {
    const [, bytes] = /^Max address space\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return bytes === undefined ? undefined : Number(bytes);
  } catch {
    return undefined;
  }
}
