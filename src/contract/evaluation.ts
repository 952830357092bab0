import type {HostBatch} from './batch.js';
import type {HostOutputs, Metric} from './metric.js';
import type {HostInputs, Outputs, TensorInputs} from './program.js';
import type {Tensor} from './tensor.js';
import type {Tree} from './tree.js';

/** The model that is evaluated; its parameters are those that the optimizer's `evalParams` gives, where it has them. */
export interface EvaluatedModel {
  readonly params: Tree<Tensor>;
  readonly modelState: Tree<Tensor>;
}

/** A pure function of tensors, as an entry of a program; it changes nothing. What is summed over a batch is best summed here. */
export type EvaluationEntry = (model: EvaluatedModel, inputs: TensorInputs) => {readonly [output: string]: Tensor};

/** Runs one of the evaluation's entries. @throws Error naming the entries there are, if `entry` is none of them */
export type RunEntry = (entry: string, inputs: HostInputs) => Outputs;

/** How a workload is measured: tensor functions on a batch, and metrics that take in what they give. */
export interface Evaluation {
  /** By name. Without `evaluateBatch` it is one, whose input is `batch`. */
  readonly entries: {readonly [name: string]: EvaluationEntry};
  /** One for each name in `workload.metrics`. */
  readonly metrics: readonly Metric[];
  /**
   * Evaluates a batch, in as many calls of entries as it takes: a decoder makes one for each token. Absent: the only entry is run
   * with the batch, and all of its outputs are taken.
   */
  evaluateBatch?(run: RunEntry, batch: HostBatch): HostOutputs | Promise<HostOutputs>;
}
