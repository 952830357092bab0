import type {Tensor} from '../contract/index.js';
import {requireTensors} from './layer-tensors.js';
import {tf} from './tf.js';

/**
 * Rows of a table by their numbers: `table` [rows, ...], `ids` int32 [n] to [n, ...]. Its gradient is a {@link segmentSum}.
 * @param ids - each in [0, rows); others are an error on TensorFlow, and undefined elsewhere
 * @throws RangeError naming what is no tensor
 */
export function takeRows(table: Tensor, ids: Tensor): Tensor {
  requireTensors('takeRows', {table, ids});
  const take = tf.customGrad((given) => ({
    value: tf.gather(given as Tensor, ids as never),
    gradFunc: (dy) => segmentSum(dy as Tensor, ids, table.shape[0]!),
  }));
  return take(table);
}

/**
 * Adds up the rows that belong together: row `i` of `values` [n, ...] to row `ids[i]` of the result [count, ...]; a row that nothing
 * belongs to is 0. The order of the sum is that of the rows, so that it is the same each time, bit for bit. Same as
 * `jax.ops.segment_sum`. Its gradient is {@link takeRows}.
 * @param ids - int32 [n], each in [0, count); others are an error on TensorFlow, and undefined elsewhere
 * @throws RangeError naming what is no tensor
 */
export function segmentSum(values: Tensor, ids: Tensor, count: number): Tensor {
  requireTensors('segmentSum', {values, ids});
  const sum = tf.customGrad((given) => ({
    value: tf.unsortedSegmentSum(given as Tensor, ids as never, count),
    gradFunc: (dy) => takeRows(dy as Tensor, ids),
  }));
  return sum(values);
}
