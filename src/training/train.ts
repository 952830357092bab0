import {checkedOptions} from '../options/index.js';
import {UserError} from '../support/index.js';
import {loadRun, type RunSource} from './load-run.js';
import type {RunOptions, RunOutcome, RunWatcher} from './run-options.js';
import type {Runtime} from './runtime.js';
import {runIn, startRun} from './start.js';
import {trainOptions} from './train-options.js';

type Described = 'workload' | 'submission' | 'loaded' | 'stem' | 'overrides' | 'modules' | 'flags';
type WithDefaults = 'experimentDir' | 'backend' | 'watcher' | 'signal';
type OfCommand = 'confirm' | 'tuning';

/** One run, as `algoperf-ts run` has it: a program's options are the command line's flags. */
export interface TrainOptions extends RunSource, Omit<RunOptions, Described | WithDefaults | OfCommand> {
  /** Default `experiments`. */
  readonly experimentDir?: string;
  /** Default `auto`. */
  readonly backend?: string;
  /** Called during the run; default: none. */
  readonly watcher?: Partial<RunWatcher>;
  /** Aborted to stop after the current step, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Opened before, for several runs of this workload, and not closed; default: one of the run's own. */
  readonly runtime?: Runtime;
}

/**
 * Trains a workload with a submission as a config says, and keeps the run as a folder: what `algoperf-ts run` does, without its
 * output.
 * @throws UserError for every error that the user can fix
 * @throws RangeError naming every option that is missing, wrong or unknown
 * @example
 *     const {result} = await train({workload: 'mnist', config: 'sched.yaml', rngSeed: 1});
 */
export async function train(options: TrainOptions): Promise<RunOutcome> {
  checkedOptions('train', trainOptions, options);
  requireOfRuntime(options);
  const {runtime, watcher, ...given} = options;
  const flags = {...given, ...(runtime && {dataDir: runtime.dataDir})};
  const run: RunOptions = {
    experimentDir: 'experiments',
    backend: 'auto',
    signal: new AbortController().signal,
    ...flags,
    ...(await loadRun(options)),
    flags: plainOptions(flags),
    watcher: {...silentWatcher, ...watcher},
  };
  return runtime ? runIn(runtime, run) : startRun(run);
}

const nothing = (): void => {};
/** No observer. */
export const silentWatcher: RunWatcher = Object.freeze({
  engine: nothing,
  data: nothing,
  folder: nothing,
  info: nothing,
  warn: nothing,
  event: nothing,
  progress: nothing,
});

/** @throws UserError if the run is to be made on another engine, or with other data, than its runtime has */
function requireOfRuntime({runtime, backend = 'auto', dataDir}: TrainOptions): void {
  if (!runtime) return;
  const opened = runtime.engine.backend;
  if (backend !== 'auto' && backend !== opened)
    throw new UserError(
      `backend: the runtime was opened on '${opened}', so the run can't be made on '${backend}'; leave it out, or open a runtime on it`,
    );
  if (dataDir !== undefined && dataDir !== runtime.dataDir)
    throw new UserError(
      `dataDir: the runtime has read ${runtime.dataDir ?? 'the data of the default folder'}, so the run can't be made on ${dataDir}; leave it out, or open a runtime with it`,
    );
}

/** For the record: the options that are plain data, and of a workload its name. */
function plainOptions({signal, workload, ...plain}: Omit<TrainOptions, 'runtime' | 'watcher'>): object {
  return {...plain, workload: typeof workload === 'string' ? workload : workload.name};
}
