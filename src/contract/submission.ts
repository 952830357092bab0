import type {ZodObject} from 'zod';
import type {HostBatch} from './batch.js';
import type {Key} from './key.js';
import type {NdArray} from './ndarray.js';
import type {Entry, Program} from './program.js';
import type {Json, Recorder} from './recorder.js';
import type {Tensor} from './tensor.js';
import type {Tree} from './tree.js';
import type {InitialModel, Workload} from './workload.js';

/** What the config file says for the submission: checked by the submission itself where it brings a `configSchema`. */
// biome-ignore lint/suspicious/noExplicitAny: its type is the submission's own
export type SubmissionConfig = any;

/** One evaluation, as the submission gets to see it: metrics by `split/name`, such as `validation/accuracy`. */
export interface EvalResult {
  readonly globalStep: number;
  readonly metrics: {readonly [name: string]: number};
}

/** The training data, in another order each epoch; a partial batch at an epoch's end is dropped. */
export interface InputQueue {
  readonly batchSize: number;
  /** The next batch; a promise of it where the data is not in memory. Waiting counts on the submission's clock. */
  next(): HostBatch | Promise<HostBatch>;
}

/** The clock as AlgoPerf's `train_state`, in seconds. */
export interface TrainClock {
  readonly accumulatedSubmissionTime: number;
  readonly budgetSeconds: number | undefined;
}

/** What `initOptimizerState` gets. */
export interface InitContext {
  readonly workload: Workload;
  /** Made when its `params` or `modelState` are first looked at: a plot and a resumed run may need none. */
  readonly model: InitialModel;
  readonly config: SubmissionConfig;
  readonly key: Key;
  readonly recorder: Recorder;
  /** On resuming: what `OptimizerState.save()` gave at the checkpoint. Nothing is recorded then. */
  readonly saved?: Json;
}

/** What a submission keeps between steps. Tensors live in the program; this is the host's part, of the submission's own type. */
export interface OptimizerState {
  /** The optimizer's tensors at the start: moments, counts. A function that gives them is called only where a run begins. */
  readonly init: Tree<NdArray> | (() => Tree<NdArray>);
  /** The functions that the program runs, by name. */
  readonly entries: {readonly [name: string]: Entry};
  /**
   * The parameters to evaluate, where they are others than those that are trained, such as an average that the optimizer keeps:
   * a function of the optimizer's tensors and the parameters, pure as an entry is. Checkpoints hold both.
   */
  readonly evalParams?: ((optimizer: Tree<Tensor>, params: Tree<Tensor>) => Tree<Tensor>) | undefined;
  /** Everything else that a resumed run needs, as plain data. */
  save(): Json;
  /** After how many steps the submission will end the run, if it knows: for the time left on the progress line. */
  readonly totalSteps?: number;
  /** A few words for the progress line, such as `cycle 2/3`. */
  describe?(globalStep: number): string;
}

/** What a submission gets at each step. */
export interface StepContext<S extends OptimizerState = OptimizerState> {
  readonly workload: Workload;
  readonly program: Program;
  readonly optimizerState: S;
  readonly config: SubmissionConfig;
  /** Steps done before this one: the first call gets 0. */
  readonly globalStep: number;
  /** Fresh for each step. */
  readonly key: Key;
  /** All evaluations so far, the latest last. */
  readonly evalResults: readonly EvalResult[];
  readonly clock: TrainClock;
  readonly recorder: Recorder;
}

/** What `updateParams` gets: the context of the step, with the batch that `dataSelection` drew. */
export interface UpdateContext<S extends OptimizerState = OptimizerState> extends StepContext<S> {
  readonly batch: HostBatch;
}

/** What `updateParams` may report about the step. */
export interface UpdateResult {
  /** The loss of this step's batch, for the progress line: read only when it is shown. */
  loss?(): number;
  /** The learning rate of this step, for the progress line. */
  readonly learningRate?: number;
  /** True: the run is over after this step (it is evaluated once more). */
  readonly trainingComplete?: boolean;
}

/** A mistake in a config: where it stands (names and list positions from the root, snake_case) and what is wrong. */
export interface ConfigProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A training algorithm: AlgoPerf's five functions. A user's module exports them by these names. */
export interface Submission<S extends OptimizerState = OptimizerState> {
  /** The config keys that are this submission's own, as a zod object in snake_case. Absent: `hyperparameters` is any mapping. */
  readonly configSchema?: ZodObject;
  /**
   * What is wrong with a config that the schema let through, all of it at once. Where the schema found mistakes it is called with
   * the keys that are right, so that everything is reported together; an error it throws then is ignored.
   */
  checkConfig?(config: SubmissionConfig, workload: Workload): readonly ConfigProblem[];
  /** Paths of modules of the user's that a config names: they are loaded before anything is made, and kept with the run. */
  userModules?(config: SubmissionConfig): readonly string[];
  /** What is wrong with what these modules give, all of it at once. They are loaded, and nothing of the run is made yet. */
  checkModules?(config: SubmissionConfig, workload: Workload): Promise<readonly ConfigProblem[]>;
  getBatchSize(workload: Workload, config: SubmissionConfig): number;
  initOptimizerState(context: InitContext): S | Promise<S>;
  /** One step. Its result is for the loop and the progress line; it may return nothing. */
  updateParams(context: UpdateContext<S>): UpdateResult | undefined | Promise<UpdateResult | undefined>;
  dataSelection(context: StepContext<S> & {readonly inputQueue: InputQueue}): HostBatch | Promise<HostBatch>;
  /**
   * Called before each evaluation, on the clock; once more if that evaluation is repeated because the run was interrupted in
   * it.
   */
  prepareForEval?(context: StepContext<S>): void | Promise<void>;
}
