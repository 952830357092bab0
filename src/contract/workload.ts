import {frozen} from '../support/index.js';
import type {Evaluation} from './evaluation.js';
import type {Key} from './key.js';
import type {NdArray} from './ndarray.js';
import type {TextSampling} from './sampling.js';
import type {Dataset} from './source.js';
import type {Tensor} from './tensor.js';
import type {Tree} from './tree.js';

/** Whether a larger or a smaller value of the metric is better. */
export type Goal = 'maximize' | 'minimize';

/** What a run has to reach: a value of a metric on validation, and one on test where the workload has one. */
export interface Target {
  /** A name among the workload's metrics, without a split's prefix: `accuracy`. */
  readonly metric: string;
  readonly validation: number;
  /** Absent: the test split, if there is one, is evaluated, and nothing has to be reached there. */
  readonly test?: number;
  /** Whether a value that equals the target reaches it; default false: it has to be better, as in AlgoPerf. */
  readonly inclusive?: boolean;
}

/** How long a run may take, and how often it is evaluated. */
export interface Budget {
  /** Steps that a well-tuned submission needs; schedules are laid out in its multiples. */
  readonly stepHint: number;
  /** Seconds on the submission's clock. */
  readonly seconds: number;
  /** Seconds from the end of one evaluation to the next. */
  readonly evalEverySeconds: number;
}

/** An archive on the network that holds a workload's data. */
export interface DataArchive {
  readonly url: string;
  /** In lower-case hexadecimal. */
  readonly md5: string;
  /** Name of the archive's file, a `.tar.gz`. */
  readonly file: string;
  /** The folder in it that holds the data. */
  readonly folder: string;
  /** The files in that folder that the workload reads. */
  readonly members: readonly string[];
}

/**
 * Told about what takes long when data is opened, such as reading all records once.
 * @param work - what is being done: `counting the tokens of 5,906,184 pairs`
 * @param share - how much of it is done, from 0 to 1
 */
export type LoadingProgress = (work: string, share: number) => void;

/** A user's documents that are made into a workload's data: either text, or tokens that were made of it before. */
export interface PrepareOptions {
  /** Paths of files of text, and of folders whose files are taken. */
  readonly text?: readonly string[] | undefined;
  /** Paths of files of tokens, and of folders whose files are taken. */
  readonly tokens?: readonly string[] | undefined;
  /** The folder for the data; it is made if it is not there. */
  readonly into: string;
  onStep?(text: string): void;
  /** Bytes of documents that are done, and all of them. */
  onProgress?(done: number, total: number): void;
}

/** The names of what a parameter can be for. */
export const parameterTypes = frozen([
  'weight',
  'bias',
  'conv_weight',
  'batch_norm_scale',
  'batch_norm_bias',
  'layer_norm_scale',
  'layer_norm_bias',
  'embedding',
  'attention_q',
  'attention_k',
  'attention_v',
  'attention_out',
  'attention_qkv',
  'attention_kv',
  'attention_bias',
] as const);

/**
 * What a parameter is for, AlgoPerf's `ParameterType` in lower case: of a convolution, a normalisation, an attention, or, where it
 * is of none of these, a `weight` or a `bias`. An `embedding` is a table looked up by number.
 */
export type ParameterType = (typeof parameterTypes)[number];

/**
 * A batch as the model sees it: fields [batch, ...]. `weights` is 1 for what counts and 0 for padding: [batch] for examples,
 * [batch, length] for tokens, [batch, tasks] for tasks. A training batch without `weights` counts whole.
 */
export interface Batch {
  readonly [field: string]: Tensor;
}

/** How a model is called. */
export interface ModelOptions {
  readonly mode: 'train' | 'eval';
  /** int32 [2]: the key of this call's random numbers (dropout). Needed in mode `train` where the model draws any. */
  readonly key?: Tensor;
  /** In [0, 1); default 0. */
  readonly dropoutRate?: number;
  /** Whether running batch statistics move in this call; default true in mode `train`, never in `eval`. */
  readonly updateBatchNorm?: boolean;
}

/** A model's output, with its state after the call. @typeParam L - the structure of the workload's own logits */
export interface ModelResult<L extends Tree<Tensor> = Tree<Tensor>> {
  /** [batch, classes] for a classifier; a tree where the loss needs more than one tensor, as speech does logits and paddings. */
  readonly logits: L;
  readonly modelState: Tree<Tensor>;
}

/** What a loss is computed from. @typeParam L - the structure of the workload's own logits */
export interface LossArguments<L extends Tree<Tensor> = Tree<Tensor>> {
  /** As `modelFn` gave them. */
  readonly logits: L;
  /** As `modelFn` got it: with `targets`, and with `weights` where not everything counts. */
  readonly batch: Batch;
  /** In [0, 1); default 0. */
  readonly labelSmoothing?: number;
}

/** As AlgoPerf's `loss_fn`: without regularisation; the loss of a batch is `summed / nValidExamples`. */
export interface Loss {
  /** Scalar. */
  readonly summed: Tensor;
  /** Scalar: how much counts, in examples, tokens or whatever the weights are of. */
  readonly nValidExamples: Tensor;
  /** [batch, ...], one loss for each weight; 0 for what does not count. */
  readonly perExample: Tensor;
}

/** The parameters and model state that training starts from. */
export interface InitialModel {
  readonly params: Tree<NdArray>;
  readonly modelState: Tree<NdArray>;
}

/** A benchmark problem: its numbers and its functions, as plain data. The functions on tensors are pure. */
export interface Workload {
  /** The name on the command line: lower-case letters, digits, `-` and `_`. */
  readonly name: string;
  /** One line for `algoperf-ts workloads`. */
  readonly summary: string;
  readonly target: Target;
  readonly budget: Budget;
  /** How many examples the standard data has; other data of the same form may have other counts. */
  readonly examples: {
    readonly train: number;
    readonly evalTrain: number;
    readonly validation: number;
    /** Absent: there is no test split. */
    readonly test?: number;
  };
  /** The standard data's fingerprint, as runs record it; a run on other data is not official. Absent: its example counts decide. */
  readonly dataSha256?: string;
  /** Training batch where the config gives none. */
  readonly batchSize: number;
  readonly evalBatchSize: number;
  /** Multiply-adds of one example's way through the model: the engine chooses its threads by it. Absent: all cores. */
  readonly multiplyAdds?: number;
  /** Those of them that are in products of two matrices, as in dense layers: there the engine has threads of its own. Default 0. */
  readonly matMulMultiplyAdds?: number;
  /** Whether the model draws dropout masks, so that a submission may ask for a dropout rate. */
  readonly hasDropout: boolean;
  /**
   * The metrics of `evaluation`, each with whether more or less is better: `{accuracy: 'maximize', loss: 'minimize'}`. Names are of
   * letters, digits, `_`, `-` and `.`; `num_examples` is the tool's own.
   */
  readonly metrics: {readonly [name: string]: Goal};
  /** The metric that early stopping uses; when it is no longer finite, the run has diverged. */
  readonly lossMetric: string;
  /**
   * Reads the data.
   * @param dir - the user's `--data-dir`; undefined: the folder named by ALGOPERF_DATA_DIR, else data that was downloaded or came
   * with the package
   * @param onProgress - called every now and then, if opening the data takes long
   * @throws UserError naming the file that is missing, cut or of another form
   */
  loadData(dir: string | undefined, onProgress?: LoadingProgress): Promise<Dataset>;
  /** Where `algoperf-ts data download` gets the data. Absent: it comes with the package, or the user gets it. */
  readonly download?: DataArchive;
  /** Of data that users have to get themselves: where from, and how its folder must look. `algoperf-ts data download` prints it. */
  readonly dataHelp?: string;
  /**
   * Makes data of a user's documents, for `algoperf-ts data prepare`: what it gives is printed. Absent: there is nothing to prepare.
   * @throws UserError naming the file or folder that is wrong
   */
  readonly prepareData?: (options: PrepareOptions) => Promise<object>;
  /** The type of each parameter, in the structure of `initModel`'s `params`: optimizers choose by it what they decay. */
  readonly paramTypes: Tree<ParameterType>;
  /** Fresh parameters and model state; the same key gives the same values. */
  initModel(key: Key): InitialModel;
  modelFn(params: Tree<Tensor>, batch: Batch, modelState: Tree<Tensor>, options: ModelOptions): ModelResult;
  lossFn(args: LossArguments): Loss;
  /** How the model is measured. */
  readonly evaluation: Evaluation;
  /** Of a language model: how it continues a text, for `algoperf-ts runs sample`. */
  readonly loadSampling?: () => Promise<TextSampling>;
}
