import type {HostBatch} from './batch.js';
import type {HostOutputs, Metric} from './metric.js';
import type {NdArray} from './ndarray.js';
import type {HostInputs, Outputs, TensorInputs} from './program.js';
import type {Dataset} from './source.js';
import type {Tensor} from './tensor.js';
import type {Tree} from './tree.js';

/** The model that is evaluated; its parameters are those that the optimizer's `evalParams` gives, where it has them. */
export interface EvaluatedModel {
  readonly params: Tree<Tensor>;
  readonly modelState: Tree<Tensor>;
}

/** A pure function of tensors, as an entry of a program; it changes nothing. What is summed over a batch is best summed here. */
export type EvaluationEntry = (model: EvaluatedModel, inputs: TensorInputs) => {readonly [output: string]: Tensor};

/** A pure function of tensors that has a state of its own, which only it and its like read and change. */
export type DecoderEntry = (
  model: EvaluatedModel & {readonly cache: Tree<Tensor>},
  inputs: TensorInputs,
) => {
  /** In the structure, shapes and dtypes of the one before. */
  readonly cache: Tree<Tensor>;
  readonly outputs: {readonly [output: string]: Tensor};
};

/** What makes a sequence token by token, and keeps what it has worked out of the tokens before in the engine. */
export interface Decoder {
  /** The cache at the first call, for batches of so many examples. */
  emptyCache(batchSize: number): Tree<NdArray>;
  /** By name; none has the name of one of the evaluation's. */
  readonly entries: {readonly [name: string]: DecoderEntry};
}

/** What an evaluation knows and can do beside running entries. */
export interface EvaluationContext {
  readonly dataset: Dataset;
  /**
   * To be awaited now and then in what takes long: signals are handled. It rejects where the evaluation is given up, which
   * `evaluateBatch` lets pass.
   */
  pause(): Promise<void>;
}

/** Runs one of the evaluation's entries. @throws Error naming the entries there are, if `entry` is none of them */
export type RunEntry = (entry: string, inputs: HostInputs) => Outputs;

/** How a workload is measured: tensor functions on a batch, and metrics that take in what they give. */
export interface Evaluation {
  /** By name. Without `evaluateBatch` it is one, whose input is `batch`. */
  readonly entries: {readonly [name: string]: EvaluationEntry};
  /** Further entries, which `evaluateBatch` runs. The cache is empty at an evaluation's first call, then what the call before gave. */
  readonly decoder?: Decoder;
  /** One for each name in `workload.metrics`. */
  readonly metrics: readonly Metric[];
  /**
   * Evaluates a batch, in as many calls of entries as it takes: a decoder makes one for each token. Absent: the only entry is run
   * with the batch, and all of its outputs are taken.
   */
  evaluateBatch?(run: RunEntry, batch: HostBatch, context: EvaluationContext): HostOutputs | Promise<HostOutputs>;
}
