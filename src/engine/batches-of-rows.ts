import {sizeOf, type Tensor} from '../contract/index.js';
import {tf} from './tf.js';

/** How `gather` with `batchDims` looks at its tensors: [batch, outer, rows, inner], of which it takes rows. */
export interface BatchesOfRows {
  readonly batch: number;
  readonly outer: number;
  readonly rows: number;
  readonly inner: number;
}

/** @param shape - of the tensor that rows are taken from; `axis` is not negative */
export function batchesOfRows(
  shape: readonly number[],
  {axis, batchDims}: {readonly axis: number; readonly batchDims: number},
): BatchesOfRows {
  return {
    batch: sizeOf(shape.slice(0, batchDims)),
    outer: sizeOf(shape.slice(batchDims, axis)),
    rows: shape[axis]!,
    inner: sizeOf(shape.slice(axis + 1)),
  };
}

/** The rows of all batches as those of one table: [batch * rows, outer * inner]. */
export function asOneTable(x: Tensor, {batch, outer, rows, inner}: BatchesOfRows): Tensor {
  const ofRows = tf.transpose(tf.reshape(x, [batch, outer, rows, inner]), [0, 2, 1, 3]);
  return tf.reshape(ofRows, [batch * rows, outer * inner]);
}

/** The inverse of {@link asOneTable}: [batch, outer, rows, inner]. */
export function asBatches(table: Tensor, {batch, outer, rows, inner}: BatchesOfRows): Tensor {
  return tf.transpose(tf.reshape(table, [batch, rows, outer, inner]), [0, 2, 1, 3]);
}
