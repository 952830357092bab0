import {lockHolder, type RunResult} from '../runs/index.js';
import {
  closeRuntime,
  type LoadedRun,
  openRuntime,
  type RunOptions,
  type Runtime,
  type RunWatcher,
  runIn,
  standingOf,
} from '../training/index.js';
import {loadOrder, optionsOfOrder, type RunMeans, type RunOrder} from './order.js';
import type {Load} from './plan.js';
import {pathOfOrder} from './sweep-record.js';

/** How one run of a sweep ended in this process; `busy`: another process is at work in it. */
export type WorkEnd = 'complete' | 'terminated early' | 'interrupted' | 'busy';

/** A process's work on runs of one workload and batch size: engine and data are opened once. */
export interface Work {
  /** @throws what ended the run; its folder says so too */
  run(order: RunOrder): Promise<WorkEnd>;
  close(): Promise<void>;
}

/** What work is done with. */
export interface WorkOptions {
  readonly means: RunMeans;
  /** Loads what may be user code. */
  readonly load: Load;
  readonly watcher: (run: LoadedRun) => RunWatcher;
  /** As a run's. */
  readonly confirm?: RunOptions['confirm'];
  /** Aborted to stop after the current step, with a checkpoint. */
  readonly signal: AbortSignal;
}

/** Opens nothing yet: the engine is opened for the first run that has something left to do. */
export function createWork({means, load, watcher, confirm, signal}: WorkOptions): Work {
  let runtime: Runtime | undefined;
  return {
    async run(order) {
      const loaded = await load(() => loadOrder(order), order);
      const options = optionsOfOrder(order, loaded, {means, watcher: watcher(loaded), confirm, signal});
      const path = pathOfOrder(means.experimentDir, order);
      if (isBusy(path)) return 'busy';
      const {state, result: before} = standingOf(options);
      if (state === 'complete') return endOf(before);
      runtime ??= await openRuntime(options, batchSizeOf(loaded));
      try {
        const {result} = await runIn(runtime, options);
        return endOf(result);
      } catch (error) {
        if (isBusy(path)) return 'busy';
        throw error;
      }
    },
    close: async () => void (runtime && (await closeRuntime(runtime))),
  };
}

function endOf(result: RunResult | undefined): WorkEnd {
  if (!result) return 'interrupted';
  return result.status === 'terminated_early' ? 'terminated early' : 'complete';
}

/** Of the training steps: the engine chooses its threads by it. */
export function batchSizeOf({submission, workload, loaded}: LoadedRun): number {
  return submission.getBatchSize(workload, loaded.config);
}

/** This process has no run of its own between two runs. */
function isBusy(path: string): boolean {
  return lockHolder(path) !== undefined;
}
