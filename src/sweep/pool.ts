import {setTimeout as sleep} from 'node:timers/promises';
import type {RunOrder} from './order.js';
import type {WorkEnd} from './work.js';

/** A run that a pool does. */
export interface PoolRun {
  readonly order: RunOrder;
  /** Runs of one key may follow each other in one process. */
  readonly processKey: string;
}

/** How a run ended, as its process says. */
export type RunEnd = WorkEnd | {readonly failure: string};

/** Whether a run has nothing left to do. */
export function isOver(end: RunEnd): boolean {
  return end === 'complete' || end === 'terminated early';
}

/** A process that does runs, one after the other. */
export interface PoolWorker {
  run(order: RunOrder): Promise<RunEnd>;
  /** Asks for a checkpoint after the step: the run under way is `interrupted`. */
  stop(): void;
  /** Ends the process; none of its runs is under way. */
  end(): Promise<void>;
}

/** An observer. */
export interface PoolWatcher {
  begun(run: PoolRun): void;
  /** @param isAgain - whether it is tried again */
  ended(run: PoolRun, end: RunEnd, isAgain: boolean): void;
}

/** How a pool works. */
export interface PoolOptions {
  /** Processes at a time, at least 1. */
  readonly jobs: number;
  /** How often a run that failed is tried again. */
  readonly retries: number;
  /** Whether one failed run stops the others. */
  readonly failFast: boolean;
  /** Whether runs begin in their order, though a process may have to end for it: what is to come depends on what was before. */
  readonly isInOrder: boolean;
  /** Whether a process does one run alone: the user's own modules may keep something from one run to the next. */
  readonly isRenewed: boolean;
  /** Aborted to stop all runs with a checkpoint. */
  readonly signal: AbortSignal;
  readonly watcher: PoolWatcher;
  startWorker(run: PoolRun): PoolWorker;
  /** Milliseconds from one look at a run that another process is at work in to the next; default 1000. */
  readonly look?: number;
}

/** What is left of a pool's runs. */
interface Pool {
  readonly queue: PoolRun[];
  readonly tries: Map<PoolRun, number>;
  readonly failed: Set<PoolRun>;
  readonly stop: AbortController;
}

/**
 * Does runs in several processes at a time, in their order as far as a process that is there can do the next one. A run that
 * fails leaves the others alone; its process is not used again.
 * @returns the runs that failed
 */
export async function runPool(runs: readonly PoolRun[], options: PoolOptions): Promise<PoolRun[]> {
  const pool: Pool = {queue: [...runs], tries: new Map(), failed: new Set(), stop: new AbortController()};
  const stop = (): void => pool.stop.abort();
  if (options.signal.aborted) stop();
  options.signal.addEventListener('abort', stop);
  try {
    const slots = Math.min(options.jobs, runs.length);
    await Promise.all(Array.from({length: slots}, () => workInSlot(pool, options)));
  } finally {
    options.signal.removeEventListener('abort', stop);
  }
  return [...pool.failed];
}

/** One process after the other, until nothing is left. */
async function workInSlot(pool: Pool, options: PoolOptions): Promise<void> {
  const {signal} = pool.stop;
  let worker: PoolWorker | undefined;
  let key: string | undefined;
  const stopWorker = (): void => worker?.stop();
  const endWorker = async (): Promise<void> => {
    const ending = worker;
    worker = undefined;
    await ending?.end();
  };
  signal.addEventListener('abort', stopWorker);
  try {
    for (let run = nextRun(pool, key, options); run && !signal.aborted; run = nextRun(pool, key, options)) {
      if (key !== run.processKey) await endWorker();
      key = run.processKey;
      worker ??= options.startWorker(run);
      options.watcher.begun(run);
      const end = await worker.run(run.order);
      if (end === 'interrupted' || typeof end !== 'string' || options.isRenewed) await endWorker();
      await take(pool, run, end, options);
    }
  } finally {
    signal.removeEventListener('abort', stopWorker);
    await endWorker();
  }
}

/** The first run that a process of the key can do, else, or where they go by their order, the first of all. */
function nextRun({queue}: Pool, key: string | undefined, {isInOrder}: PoolOptions): PoolRun | undefined {
  const same = isInOrder ? 0 : queue.findIndex(({processKey}) => processKey === key);
  return queue.splice(Math.max(0, same), 1)[0];
}

async function take(pool: Pool, run: PoolRun, end: RunEnd, options: PoolOptions): Promise<void> {
  const {retries, failFast, watcher, look = 1000} = options;
  const isFailed = typeof end !== 'string';
  const tries = (pool.tries.get(run) ?? 0) + Number(isFailed);
  pool.tries.set(run, tries);
  const isStopped = pool.stop.signal.aborted;
  const isAgain = !isStopped && (isFailed ? tries <= retries : !isOver(end));
  watcher.ended(run, end, isAgain);
  if (isAgain) {
    // What another process is at work in is looked at again once the others are done.
    if (end === 'busy') await sleep(look, undefined, {ref: true});
    if (end === 'busy') pool.queue.push(run);
    else pool.queue.unshift(run);
  } else if (isFailed) {
    pool.failed.add(run);
    if (failFast) pool.stop.abort();
  }
}
