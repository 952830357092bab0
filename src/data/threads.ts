import {MessageChannel, type MessagePort, receiveMessageOnPort, Worker} from 'node:worker_threads';
import type {NdArray, Rows} from '../contract/index.js';
import {
  environment,
  type KnownCodes,
  knownCodes,
  type LoadedPart,
  noteThread,
  requirePositiveInteger,
  UserError,
} from '../support/index.js';

/** What reads examples in threads. */
export interface ThreadOptions {
  /** The module with the reader; a .ts or .js file of a user's may be one. */
  readonly reader: URL;
  /** Whether its `createBatchReader` reads whole batches; default: its `createReader` reads examples. */
  readonly readsBatches?: boolean;
  /** What it gets: plain data, and memory that is shared. */
  readonly options?: unknown;
  /** How many threads; an integer of at least 1, default 1. */
  readonly threads?: number;
}

/** A batch to be read. */
export interface ReadTask {
  readonly rows: Rows;
  /** Of each example, two words; undefined: examples stay as they are. */
  readonly keys: Uint32Array | undefined;
  /** Where the fields' values are to be put. It is away while the batch is read. */
  readonly memory: BatchMemory;
}

/** The values of a batch's fields, example after example. */
export interface BatchMemory {
  readonly [field: string]: NdArray['data'];
}

/** What a thread begins with. */
export interface WorkerData extends Pick<ThreadOptions, 'readsBatches' | 'options'> {
  readonly reader: string;
  /** Of which nothing else may be loaded. */
  readonly codes: KnownCodes;
  /** Where requests come and replies go. */
  readonly port: MessagePort;
}

/** What a thread is sent. */
export interface Request extends ReadTask {
  readonly id: number;
}

/** What it sends back. */
export type Reply = {
  readonly id: number;
  /** What has been loaded of a user's modules since the last reply. */
  readonly loaded: readonly LoadedPart[];
} & (
  | {readonly memory: BatchMemory}
  | {readonly failure: {readonly message: string; readonly stack: string; readonly isOfUser: boolean}}
);

/** Threads that read batches. */
export interface Threads {
  read(task: ReadTask): Promise<BatchMemory>;
  close(): Promise<void>;
}

interface Pending {
  resolve(memory: BatchMemory): void;
  reject(error: Error): void;
}

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly pending: Map<number, Pending>;
  /** Why it reads nothing more; undefined as long as it does. */
  end: Error | undefined;
  /** Whether it is being ended, which the process waits for. */
  isEnding: boolean;
}

/** The threads are started when the first batch is read. While none is, they don't keep the process alive. */
export function createThreads({reader, readsBatches = false, options, threads: count = 1}: ThreadOptions): Threads {
  const data: Omit<WorkerData, 'port'> = {reader: reader.href, readsBatches, options, codes: knownCodes()};
  requirePositiveInteger('threads', count);
  let threads: readonly Thread[] | undefined;
  let isClosed = false;
  let next = 0;
  return {
    read(task) {
      if (isClosed) return Promise.reject(closed());
      threads ??= Array.from({length: count}, () => startThread(data));
      threads.forEach(takeArrived);
      const least = threads.reduce((a, b) => (b.pending.size < a.pending.size ? b : a));
      next += 1;
      return send(least, {...task, id: next});
    },
    async close() {
      isClosed = true;
      for (const thread of threads ?? []) {
        thread.isEnding = true;
        thread.end ??= closed();
        await thread.worker.terminate();
      }
    },
  };
}

function closed(): Error {
  return new Error('the source is closed');
}

function startThread(data: Omit<WorkerData, 'port'>): Thread {
  const {port1: port, port2} = new MessageChannel();
  const worker = new Worker(new URL('./reader-thread.js', import.meta.url), {
    workerData: {...data, port: port2} satisfies WorkerData,
    transferList: [port2],
    env: environment(),
  });
  const thread: Thread = {worker, port, pending: new Map(), end: undefined, isEnding: false};
  const fail = (error: Error): void => {
    // What it has read before may still lie in the port, whose messages have no order with these events.
    takeArrived(thread);
    thread.end ??= error;
    for (const {reject} of thread.pending.values()) reject(thread.end);
    thread.pending.clear();
  };
  port.on('message', (reply: Reply) => take(thread, reply));
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('the thread that reads examples has ended')));
  port.unref();
  worker.unref();
  return thread;
}

function take({worker, port, pending, isEnding}: Thread, reply: Reply): void {
  const {resolve, reject} = pending.get(reply.id)!;
  pending.delete(reply.id);
  if (pending.size === 0 && !isEnding) {
    port.unref();
    worker.unref();
  }
  noteThread(reply.loaded);
  if ('memory' in reply) resolve(reply.memory);
  else reject(errorOf(reply.failure));
}

/** What has been read is taken without a turn of the event loop, whose other work the step would wait for. */
function takeArrived(thread: Thread): void {
  for (let next = receiveMessageOnPort(thread.port); next; next = receiveMessageOnPort(thread.port))
    take(thread, next.message as Reply);
}

function send({worker, port, pending, end}: Thread, request: Request): Promise<BatchMemory> {
  if (end) return Promise.reject(end);
  return new Promise((resolve, reject) => {
    worker.ref();
    port.ref();
    pending.set(request.id, {resolve, reject});
    port.postMessage(request, buffersOf(request.memory));
  });
}

/** What is handed over instead of copied. */
export function buffersOf(memory: BatchMemory): ArrayBuffer[] {
  return [...new Set(Object.values(memory).map(({buffer}) => buffer as ArrayBuffer))];
}

function errorOf({message, stack, isOfUser}: {message: string; stack: string; isOfUser: boolean}): Error {
  const error = isOfUser ? new UserError(message) : new Error(message);
  error.stack = stack;
  return error;
}
