import {parentPort} from 'node:worker_threads';
import {tokensOf} from './tokenize.js';

/** The thread that tokenizes: is sent a document's bytes, and sends its tokens back. */
parentPort!.on('message', (bytes: Uint8Array) => {
  const tokens = tokensOf(bytes);
  parentPort!.postMessage(tokens, [tokens.buffer as ArrayBuffer]);
});
