import {loadSealed} from '../submissions/index.js';
import {createLog, type Lifeline, type LogTarget, UserError} from '../support/index.js';
import {changedInSweep, createWork, type RunEnd, type RunOrder} from '../sweep/index.js';
import {ChangedRunError, type ProgressView, type RunWatcher} from '../training/index.js';
import {watchProcess} from './process-end.js';
import {createWatcher} from './run-watcher.js';
import type {Tell} from './supervisor-link.js';
import type {WorkerReport, WorkerRequest, WorkerTask} from './sweep-link.js';
import {watchSupervisor} from './watch-supervisor.js';

/** What a worker's process has. */
export interface SweepWorkOptions extends WorkerTask {
  readonly report: (message: WorkerReport) => void;
  /** Says what the runs have written as their results. */
  readonly tell: Tell;
  /** Aborted to stop with a checkpoint; with an error where the process is about to end. */
  readonly signal: AbortController;
  /** Whether the process is to end with another, its supervisor; default true. */
  readonly hasLifeline?: boolean;
  /** Called with what the supervisor asks. */
  readonly onRequest?: (request: WorkerRequest) => void;
}

/** The work of a worker's process. */
export interface SweepWork {
  run(order: RunOrder): Promise<RunEnd>;
  close(): Promise<void>;
  /** Of the supervisor, where there is one. */
  readonly lifeline?: Lifeline | undefined;
}

/** Milliseconds from one report of a run's progress to the next. */
const REPORT = 250;

/** Levels of pino from which a message is shown beside the runs' own. */
const WARNING = 40;

/** Prepares to do runs: messages go to the runs' folders, warnings to the sweep's process too. */
export async function openSweepWork(options: SweepWorkOptions): Promise<SweepWork> {
  const {means, modules, report, tell, signal, hasLifeline = true, onRequest} = options;
  const isUsers = modules.length > 0;
  const supervisor = hasLifeline ? await watchSupervisor(isUsers, tell, onRequest) : undefined;
  const endWatch = watchProcess(modules[0] ?? 'cyclic', {onEnd: (reason) => signal.abort(reason)});
  // Before user code is loaded: a sealed process starts no log.
  const log = createLog(warningsTo(report), 'debug');
  const work = createWork({
    means,
    load: (load) => (isUsers ? loadSealed(load, modules[0]!) : load()),
    watcher: ({workload}) => {
      const watcher = createWatcher({log, tell, terminal: undefined, metric: workload.target.metric});
      return reporting(watcher, report, `validation/${workload.target.metric}`);
    },
    confirm: supervisor?.confirm,
    signal: signal.signal,
  });
  return {
    lifeline: supervisor?.lifeline,
    async run(order) {
      try {
        return await work.run(order);
      } catch (error) {
        return {failure: failureOf(error)};
      }
    },
    async close() {
      endWatch();
      await work.close();
    },
  };
}

function failureOf(error: unknown): string {
  if (error instanceof ChangedRunError) return changedInSweep(error);
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function warningsTo(report: SweepWorkOptions['report']): LogTarget {
  return {
    write(line) {
      const {level, msg} = JSON.parse(line) as {level: number; msg?: string};
      if (level >= WARNING && msg !== undefined) report({warning: msg});
    },
  };
}

/** The watcher, with its progress reported a few times a second. */
function reporting(watcher: RunWatcher, report: SweepWorkOptions['report'], metric: string): RunWatcher {
  let last = Number.NEGATIVE_INFINITY;
  return {
    ...watcher,
    progress({globalStep, totalSteps, latest}: ProgressView) {
      const now = performance.now();
      if (now - last < REPORT) return;
      last = now;
      report({progress: {globalStep, totalSteps, value: latest?.metrics[metric]}});
    },
  };
}
