import type {
  EvalResult,
  Json,
  Key,
  NdArray,
  OptimizerState,
  Program,
  Recorder,
  Submission,
  SubmissionConfig,
  Tree,
  Workload,
} from '../contract/index.js';
import type {TrialInputQueue} from '../data/index.js';
import type {TargetRule, TargetSplit} from '../metrics/index.js';
import type {CodeHashes, FileHashes, ToolEvent} from '../runs/index.js';
import type {CodeImports} from '../support/index.js';
import type {Clock, Times} from './clock.js';
import type {Evaluator} from './evaluate.js';

/** An evaluation together with the submission's time at it. */
export interface TimedEvaluation extends EvalResult {
  /** Seconds on the submission's clock. */
  readonly submissionTime: number;
}

/** How a run came to its end; `interrupted` leaves a checkpoint to continue from and no result. */
export type EndStatus = 'target_reached' | 'budget_spent' | 'stopped' | 'terminated_early' | 'diverged' | 'interrupted';

/** A run's end. */
export interface Ending {
  readonly status: EndStatus;
  /** In words, for people. */
  readonly reason: string;
}

/** What a run's results mean beside those of others. */
export interface Judgement {
  /** In words, with the numbers that decided. */
  readonly message: string;
  /** Whether the run ends here. */
  readonly isOver: boolean;
}

/**
 * Judges a run by its evaluations, each time after the last of them; may wait for other runs.
 * @param signal - aborted when the run is to stop: the waiting ends, and it is judged when it continues
 * @returns undefined: there is nothing to judge at this evaluation
 */
export type Judge = (evaluations: readonly TimedEvaluation[], signal: AbortSignal) => Promise<Judgement | undefined>;

/** What a run has come to by its own evaluations, and what it was made with: all that is to be known of it to evaluate it again. */
export interface Claim {
  /** The run's folder. */
  readonly path: string;
  /** At which step it has reached each target. */
  readonly steps: {readonly [split in TargetSplit]?: number};
  /** Those of these steps, and the others that the result names and of which there are checkpoints. */
  readonly evaluations: readonly ClaimedEvaluation[];
  /** The workload, where it is a user's own; as the run's process has loaded it. */
  readonly workloadCode?: ClaimedCode | undefined;
  /** The hashes that the run's settings, the facts of its processes and the kept code had when it began. */
  readonly settings: FileHashes;
  /** The SHA-256 of the checkpoints that the run has written, by the files' names. */
  readonly checkpoints: FileHashes;
}

/** An evaluation as the run has it in memory. */
export interface ClaimedEvaluation {
  readonly globalStep: number;
  /** Which of the run's processes made it: 0, 1, ... */
  readonly process: number;
  /** By `split/name`, as text: JSON has no NaN and no infinities. */
  readonly metrics: {readonly [name: string]: string};
}

/** A user's code. */
export interface ClaimedCode {
  /** The folder of the file that is loaded first, links followed. */
  readonly folder: string;
  /** The file that is loaded first: its path, as all paths seen from the folder. */
  readonly entry: string;
  /** SHA-256 of what was loaded, by paths. */
  readonly hashes: CodeHashes;
  /** Which of the files each of them has got by what it asks for. */
  readonly imports: CodeImports;
}

/**
 * Repeats the evaluations of a claim from the run's checkpoints, in a process that loads none of the submission's code.
 * @returns why they do not count, in words; empty: they do
 */
export type Confirm = (claim: Claim) => Promise<readonly string[]>;

/** When to evaluate and when to stop. */
export interface TrialRules {
  /** Evaluate every so many steps; undefined: every `workload.budget.evalEverySeconds`. */
  readonly evalEverySteps: number | undefined;
  /** When the targets are reached, and when the numbers count as diverged. */
  readonly target: TargetRule;
  /** Whether the run ends once the validation target, and that of the test split where there is one, are reached. */
  readonly stopAtTarget: boolean;
  /** Seconds on the submission's clock; undefined: no limit. */
  readonly budgetSeconds: number | undefined;
  readonly maxGlobalSteps: number | undefined;
  /** Absent: nothing but the run itself ends it. */
  readonly judge?: Judge | undefined;
}

/** What a stopped run needs to continue as if it had not been stopped, in addition to the program's state. */
export interface Position {
  readonly globalStep: number;
  /** Batches drawn so far. */
  readonly inputPosition: number;
  readonly times: Times;
  /** Seconds since the last evaluation ended; null before the first. */
  readonly sinceEvaluation: number | null;
  readonly trainingComplete: boolean;
  readonly submission: Json;
}

/** Records what a trial does. Writing happens off the submission's clock. */
export interface TrialRecord {
  readonly recorder: Recorder;
  /** Something that the tool itself records, immediately. */
  event(globalStep: number, event: ToolEvent): void;
  /** Writes what the recorder was given since the last call; pictures are reported at `globalStep`. */
  flush(globalStep: number): Promise<void>;
  evaluation(result: TimedEvaluation, times: Times): Promise<void>;
  checkpoint(model: RecordedModel, position: Position, latest: EvalResult | undefined): Promise<void>;
}

/** What a checkpoint is made of. */
export interface RecordedModel {
  readonly program: Program;
  /** The parameters that are evaluated, where they are others than those that are trained. */
  readonly evalParams?: (() => Tree<NdArray>) | undefined;
}

/** An observer. */
export interface Watcher {
  /** Something that happened; it is in the run's events already. */
  event(event: WatchedEvent): void;
  /** Called a few times a second at most. */
  progress(view: ProgressView): void;
}

/** An event of the run, as an observer gets it. */
export interface WatchedEvent {
  readonly globalStep: number;
  readonly name: string;
  readonly message: string;
}

/** The progress of a run, for the progress line. */
export interface ProgressView {
  readonly globalStep: number;
  /** Steps of the whole run, where they are known. */
  readonly totalSteps: number | undefined;
  /** Seconds on the submission's clock; undefined: no limit. */
  readonly budgetSeconds: number | undefined;
  readonly loss: number | undefined;
  readonly learningRate: number | undefined;
  /** The submission's own words, such as `cycle 2/3`. */
  readonly note: string | undefined;
  readonly latest: TimedEvaluation | undefined;
  /** How much of an evaluation is done, in [0, 1); undefined while training. */
  readonly evaluated: number | undefined;
  readonly times: Times;
}

/** The environment of the loop. */
export interface Trial extends RecordedModel {
  readonly workload: Workload;
  readonly submission: Submission;
  readonly config: SubmissionConfig;
  readonly rules: TrialRules;
  readonly optimizerState: OptimizerState;
  readonly inputQueue: TrialInputQueue;
  /** Key of the steps' random numbers; step k gets `foldIn(stepKey, k)`. */
  readonly stepKey: Key;
  readonly evaluate: Evaluator;
  readonly clock: Clock;
  readonly record: TrialRecord;
  readonly watcher: Watcher;
  /** Aborted when the user asks to stop: the step is finished, an evaluation is given up, and a checkpoint written. */
  readonly signal: AbortSignal;
  /** What changes during the run. */
  readonly progress: TrialProgress;
}

/** The progress of a trial; the loop updates it. */
export interface TrialProgress {
  globalStep: number;
  evaluations: TimedEvaluation[];
  trainingComplete: boolean;
  /** `clock.now()` at the end of the last evaluation; undefined before the first. */
  lastEvaluationAt: number | undefined;
  /** `clock.now()` when signals were last handled; -Infinity before that. */
  yieldedAt: number;
  loss: (() => number) | undefined;
  learningRate: number | undefined;
}
