import type * as TF from '@tensorflow/tfjs-core';
import type {Tensor} from '../contract/index.js';
import {requireForms, requireTensors} from './layer-tensors.js';
import {tf} from './tf.js';

/**
 * Rows of a table by their numbers: `table` [rows, ...], `ids` int32 [n] to [n, ...]. Its gradient is a {@link segmentSum}.
 * @param ids - each in [0, rows); others are an error on TensorFlow, and undefined elsewhere
 * @throws RangeError naming what is no tensor or of another form
 */
export function takeRows(table: Tensor, ids: Tensor): Tensor {
  requireTensors('takeRows', {table, ids});
  requireForms('takeRows', {ids: [ids, [ids.size], 'int32']});
  const take = (rows: Tensor): Tensor => tf.gather(rows, ids as never);
  return withGradient(take, table, ids, (dy, kept) => segmentSum(dy, kept, table.shape[0]!));
}

/**
 * Adds up the rows that belong together: row `i` of `values` [n, ...] to row `ids[i]` of the result [count, ...]; a row that nothing
 * belongs to is 0. The order of the sum is that of the rows, so that it is the same each time, bit for bit. Same as
 * `jax.ops.segment_sum`. Its gradient is {@link takeRows}.
 * @param ids - int32 [n], each in [0, count); others are an error on TensorFlow, and undefined elsewhere
 * @throws RangeError naming what is no tensor or of another form
 */
export function segmentSum(values: Tensor, ids: Tensor, count: number): Tensor {
  requireTensors('segmentSum', {values, ids});
  requireForms('segmentSum', {ids: [ids, [values.shape[0] ?? 0], 'int32']});
  const sum = (rows: Tensor): Tensor => tf.unsortedSegmentSum(rows, ids as never, count);
  return withGradient(sum, values, ids, takeRows);
}

/** @param gradient - of an upstream gradient and `ids`, which are kept for it: the model may have made them */
function withGradient(
  operation: (x: Tensor) => Tensor,
  x: Tensor,
  ids: Tensor,
  gradient: (dy: Tensor, ids: Tensor) => Tensor,
): Tensor {
  const differentiable = tf.customGrad((given, save) => {
    (save as TF.GradSaveFunc)([ids]);
    return {value: operation(given as Tensor), gradFunc: (dy, [kept]) => gradient(dy as Tensor, kept!)};
  });
  return differentiable(x);
}
