import {availableParallelism} from 'node:os';
import {Worker} from 'node:worker_threads';

/** Threads that tokenize documents beside one another. */
export interface Tokenizers {
  /** How many documents may wait for their tokens: the next one is given when the first has them. */
  readonly mostWaiting: number;
  /** @param bytes - a document in UTF-8 */
  tokensOf(bytes: Uint8Array): Promise<Uint16Array>;
  close(): Promise<void>;
}

/** A thread and the documents that it was sent and has not answered: it answers in their order. */
interface Thread {
  readonly worker: Worker;
  readonly answers: ((tokens: Uint16Array | Error) => void)[];
}

/** As many threads as there are cores. Documents go to them in turns. */
export function openTokenizers(): Tokenizers {
  const threads = Array.from({length: availableParallelism()}, openThread);
  let sent = 0;
  return {
    mostWaiting: 2 * threads.length,
    tokensOf(bytes) {
      const thread = threads[sent % threads.length]!;
      sent += 1;
      return tokenized(thread, bytes);
    },
    async close() {
      await Promise.all(threads.map(({worker}) => worker.terminate()));
    },
  };
}

function openThread(): Thread {
  const worker = new Worker(new URL('./tokenizer-thread.js', import.meta.url));
  const answers: Thread['answers'] = [];
  worker.on('message', (tokens: Uint16Array) => answers.shift()!(tokens));
  worker.on('error', (error) => {
    for (const answer of answers.splice(0)) answer(error);
  });
  return {worker, answers};
}

function tokenized({worker, answers}: Thread, bytes: Uint8Array): Promise<Uint16Array> {
  return new Promise((resolve, reject) => {
    answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
    worker.postMessage(bytes);
  });
}
