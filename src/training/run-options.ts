import type {LoadedConfig} from '../config/index.js';
import type {Dataset, Submission} from '../contract/index.js';
import type {EngineInfo} from '../engine/index.js';
import type {ResultFile, RunResult, TuningFacts, UserModules} from '../runs/index.js';
import type {ProfileReport} from './profiler.js';
import type {LoadingWatcher, RuntimeOptions} from './runtime.js';
import type {Confirm, Ending, Judge, Watcher} from './trial-types.js';

/** One run, as the command line's flags or a program describe it. */
export interface RunOptions extends RuntimeOptions {
  readonly submission: Submission;
  readonly loaded: LoadedConfig;
  /** What a run without a name is named after. */
  readonly stem: string;
  readonly experimentDir: string;
  readonly experimentName?: string | undefined;
  /** Counts from 1; default: the run is of no study. */
  readonly study?: number | undefined;
  /** Counts from 1; default 1. */
  readonly trial?: number | undefined;
  /** How the trial came to be; absent: the run is of no tuning. */
  readonly tuning?: TuningFacts | undefined;
  /** Default true: steps and evaluations run as graphs where the engine has them. False: op by op. */
  readonly compile?: boolean;
  /** Default: drawn, and recorded. On resuming: the run's own. */
  readonly rngSeed?: number | undefined;
  readonly maxGlobalSteps?: number | undefined;
  /** Seconds on the submission's clock; default what the ruleset allows, or none where evaluation goes by steps. */
  readonly maxRuntime?: number | undefined;
  /** Confirms what a run of a user's own code has reached, before it counts; default: its own evaluations do. */
  readonly confirm?: Confirm | undefined;
  /** May end the run early, by the results of others; default: none does. */
  readonly judge?: Judge | undefined;
  readonly overwrite?: boolean;
  readonly resume?: boolean;
  /** Resumes the run of that name if there is one, else begins it; needs a name. Default false. */
  readonly beginOrResume?: boolean;
  /** Whether a resumed run continues although the user's own code has changed; it is not official then. */
  readonly withChangedSubmission?: boolean;
  /** Whether TensorBoard's event file is written, in the run's folder; default false. */
  readonly tensorboard?: boolean;
  /** Whether the parts of the run are timed and recorded in the run's folder; default false. */
  readonly profile?: boolean;
  /** The user's own files that the submission and the workload were loaded from; absent: they are built in. */
  readonly modules?: UserModules;
  /** For the record. */
  readonly flags: object;
  readonly overrides: object;
  readonly watcher: RunWatcher;
  /**
   * Aborted to stop after the current step, with a checkpoint. With an error as its reason when the process is about to end:
   * the run's folder then says that it failed.
   */
  readonly signal: AbortSignal;
}

/** An observer of a run from its start. */
export interface RunWatcher extends Watcher, LoadingWatcher {
  engine(info: EngineInfo): void;
  data(dataset: Dataset): void;
  /** The run's folder is there. */
  folder(run: {readonly path: string; readonly experiment: string; readonly logFile: string}): void;
  /** Something ordinary that a person may like to know. */
  info(message: string): void;
  warn(message: string): void;
  /** The run has ended, and its result is written. */
  result?(written: ResultFile): void;
  /** Another process has taken the run over. */
  lost?(run: {readonly path: string}): void;
  /** The run is over; called with `profile` alone. */
  profile?(report: ProfileReport): void;
}

/** A run that was interrupted has no result yet. */
export interface RunOutcome {
  readonly result: RunResult | undefined;
  readonly path: string;
  readonly experiment: string;
  /** Steps done, over all processes of the run; of one interrupted before its first step there is no checkpoint. */
  readonly globalStep: number;
  /** True: the run was complete when it was to be resumed, and was left as it is. */
  readonly wasComplete?: boolean;
  readonly ending: Pick<Ending, 'reason'> & {readonly status: RunResult['status'] | 'interrupted'};
}
