import type * as TF from '@tensorflow/tfjs-core';
import {sizeOf, type Tensor} from '../../contract/index.js';
import {asBatches, asOneTable, batchesOfRows} from '../batches-of-rows.js';
import {tf} from '../tf.js';
import {correctGradient} from './registry.js';

/** The gradient of `gather` with `batchDims`: in tfjs 4.22 it calls methods of tensors that only tfjs-node adds. */
export function correctGatherGradient(): void {
  correctGradient('GatherV2', (shipped) => (dy, saved, attributes: {axis: number; batchDims: number}) => {
    const [x, indices] = saved as [Tensor, Tensor];
    if (attributes.batchDims === 0) return shipped(dy, saved, attributes);
    return {x: () => gradientOfBatches(dy, x, indices, attributes), indices: () => tf.zerosLike(indices)};
  });
}

/** What came for a row of a batch is added up in the one table of all rows. */
function gradientOfBatches(
  dy: Tensor,
  x: Tensor,
  indices: Tensor,
  attributes: {axis: number; batchDims: number},
): Tensor {
  const batches = batchesOfRows(x.shape, attributes);
  const taken = sizeOf(indices.shape.slice(attributes.batchDims));
  const values = asOneTable(dy, {...batches, rows: taken});
  const {batch, rows} = batches;
  const starts = tf.reshape(tf.range(0, batch * rows, rows, 'int32'), [batch, 1]);
  const numbers = tf.add(tf.reshape(indices, [batch, taken]), starts);
  const summed = tf.unsortedSegmentSum(values, tf.reshape(numbers, [-1]) as TF.Tensor1D, batch * rows);
  return tf.reshape(asBatches(summed, batches), x.shape);
}
