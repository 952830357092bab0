import {spawnSync} from 'node:child_process';
import {dirname} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {environment, UserError} from '../support/index.js';
import {
  createFailures,
  isCancelled,
  modulesOfOrder,
  type Orders,
  pathOfOrder,
  type RunOrder,
  readOrders,
} from '../sweep/index.js';
import {EXIT} from './exit-codes.js';
import {onStopSignals, STOPPED_AT_ONCE, STOPPING_RUNS} from './stop-signals.js';
import {failedExit} from './sweep-exit.js';
import type {WorkerReport} from './sweep-link.js';
import {WAITING} from './sweep-view.js';
import {openSweepWork, type SweepWork} from './sweep-work.js';
import {startSweepWorker} from './sweep-worker.js';

/** Flags of `sweep task`. */
export interface SweepTaskFlags {
  readonly requeue?: boolean;
}

/** Milliseconds from one look at a run that another process is at work in to the next. */
const LOOK = 5000;

/**
 * Does some runs of a sweep, one after the other: what a cluster's job consists of.
 * @param numbers - of the runs in the file, counted from 0
 * @returns the exit code
 */
export async function sweepTask(file: string, numbers: readonly number[], flags: SweepTaskFlags): Promise<number> {
  const orders = readOrders(file);
  const runs = numbers.map((number) => orderAt(orders, number, file));
  // Not by the file: an earlier run of the sweep may have written to it.
  const modules = [...new Set(runs.flatMap(modulesOfOrder))];
  const stop = new AbortController();
  const release = onStopSignals(false, {
    stop(name) {
      say(STOPPING_RUNS);
      stop.abort(name);
    },
    stopAtOnce() {
      say(STOPPED_AT_ONCE);
      process.exit(EXIT.interrupted);
    },
  });
  const hear = ({warning}: WorkerReport): void => void (warning !== undefined && say(`warning: ${warning}`));
  const work =
    modules.length > 0
      ? processPerRun({...orders, modules}, {hear, signal: stop.signal})
      : await openSweepWork({...orders, modules, report: hear, tell: () => {}, signal: stop, hasLifeline: false});
  try {
    const failed = await doAll(work, runs, {signal: stop.signal, experimentDir: orders.means.experimentDir});
    if (!stop.signal.aborted) return failedExit(failed);
    if (flags.requeue) requeue(dirname(file));
    return EXIT.interrupted;
  } finally {
    await work.close();
    release();
  }
}

interface Heard {
  readonly hear: (report: WorkerReport) => void;
  readonly signal: AbortSignal;
}

/** Work by a process for each run: the user's own modules may keep something from one run to the next, and a process is sealed once. */
function processPerRun(orders: Orders, {hear, signal}: Heard): SweepWork {
  return {
    async run(order) {
      const worker = startSweepWorker({
        ...orders,
        env: environment(),
        hear,
        print: (text) => process.stderr.write(text),
      });
      signal.addEventListener('abort', worker.stop);
      try {
        return await worker.run(order);
      } finally {
        signal.removeEventListener('abort', worker.stop);
        await worker.end();
      }
    },
    close: async () => {},
  };
}

function orderAt({runs}: Orders, number: number, file: string): RunOrder {
  const run = runs[number];
  if (run) return run;
  throw new UserError(`${file}: it has ${runs.length} runs, counted from 0, got ${number}`);
}

interface Doing {
  readonly signal: AbortSignal;
  readonly experimentDir: string;
}

/** @returns how many failed */
async function doAll(work: SweepWork, runs: readonly RunOrder[], {signal, experimentDir}: Doing): Promise<number> {
  const failures = createFailures();
  const queue = [...runs];
  const busy = new Set<RunOrder>();
  let failed = 0;
  for (let run = queue.shift(); run && !signal.aborted; run = queue.shift()) {
    if (!busy.has(run)) say(`${run.name}: begins`);
    const path = pathOfOrder(experimentDir, run);
    failures.begun(path);
    const end = await work.run(run);
    if (end === 'busy') {
      if (!busy.has(run)) say(`${run.name}: ${WAITING}`);
      busy.add(run);
      queue.push(run);
      await sleep(LOOK, undefined, {signal}).catch(() => {});
      continue;
    }
    if (typeof end !== 'string') {
      failed += 1;
      failures.failed(path, end.failure);
    }
    say(`${run.name}: ${typeof end === 'string' ? end : `failed: ${end.failure}`}`);
  }
  return failed;
}

/** Puts this job of Slurm back into its queue: the next start continues from the checkpoints. */
function requeue(folder: string): void {
  const {SLURM_JOB_ID: id, SLURM_ARRAY_JOB_ID: array = id, SLURM_ARRAY_TASK_ID: task} = environment();
  if (array === undefined) return;
  if (isCancelled(folder, array)) {
    say('the sweep was cancelled: the job does not go back into the queue');
    return;
  }
  // The id of one task of an array is that of the whole array as well.
  const job = task === undefined ? array : `${array}_${task}`;
  const {status, stderr} = spawnSync('scontrol', ['requeue', job], {encoding: 'utf8'});
  say(
    status === 0 ? `job ${job} goes back into the queue` : `scontrol requeue ${job}: ${stderr?.trim() ?? 'not found'}`,
  );
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
