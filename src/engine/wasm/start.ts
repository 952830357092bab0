import {readFileSync} from 'node:fs';
import {UserError} from '../../support/index.js';
import {tf} from '../tf.js';

/**
 * Makes wasm the backend, whose package is loaded.
 * @throws UserError where WebAssembly gets no memory, with the process's limit and what would fit
 */
export async function startWasm(): Promise<void> {
  const isProduction = tf.env().getBool('PROD');
  // Without this tfjs prints a stack of its own where it fails.
  tf.env().set('PROD', true);
  const isStarted = await tf.setBackend('wasm');
  tf.env().set('PROD', isProduction);
  if (!isStarted) throw new UserError(outOfMemory(addressSpaceLimit()));
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
