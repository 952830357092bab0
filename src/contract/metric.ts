import type {HostBatch} from './batch.js';
import type {NdArray} from './ndarray.js';
import type {Json} from './recorder.js';

/** What a batch gave, by name: an entry's outputs, or what the workload made of them on the host. */
export interface HostOutputs {
  readonly [name: string]: NdArray | Json;
}

/**
 * A number that is computed on the host from all batches of a split. What is kept between batches is plain data; an evaluation that
 * was interrupted is made again from the first batch.
 */
// biome-ignore lint/suspicious/noExplicitAny: what a metric keeps is its own
export interface Metric<S extends Json = any> {
  /** As in `workload.metrics`, without a split's prefix: `accuracy`. */
  readonly name: string;
  /** What is kept before the first batch. */
  start(): S;
  /**
   * Takes in a batch; `state` may be changed and given back.
   * @param outputs - what the batch gave
   * @param batch - as the model saw it; its memory is used again for the next one
   */
  add(state: S, outputs: HostOutputs, batch: HostBatch): S;
  /** The value over all batches; NaN where none can be computed. */
  finish(state: S): number;
}
