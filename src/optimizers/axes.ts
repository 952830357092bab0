import {sizeOf, type Tensor} from '../contract/index.js';
import {tf} from '../engine/index.js';

/** A tensor as [before, along, after] of one of its axes. */
function aroundAxis(x: Tensor, axis: number): [before: number, along: number, after: number] {
  return [sizeOf(x.shape.slice(0, axis)), x.shape[axis]!, sizeOf(x.shape.slice(axis + 1))];
}

/** The products of all slices along an axis with each other, [n, n]: `X XT` for axis 0 of a matrix, `XT X` for axis 1. */
export function gram(x: Tensor, axis: number): Tensor {
  const [before, along, after] = aroundAxis(x, axis);
  if (after === 1) {
    const rows = tf.reshape(x, [before, along]);
    return tf.matMul(rows, rows, true, false);
  }
  const [first, rest] =
    before === 1 ? [x, after] : [tf.transpose(tf.reshape(x, [before, along, after]), [1, 0, 2]), before * after];
  const columns = tf.reshape(first, [along, rest]);
  return tf.matMul(columns, columns, false, true);
}

/**
 * A tensor whose slices along an axis are combined by a matrix: `MT X` for axis 0 of a matrix, `X M` for axis 1. The shape stays.
 * @param matrix - [n, n]
 * @param isTransposed - whether the transpose of the matrix takes its place: `M X`, `X MT`
 */
export function alongAxis(x: Tensor, matrix: Tensor, axis: number, isTransposed = false): Tensor {
  const [before, along, after] = aroundAxis(x, axis);
  if (after === 1) {
    return tf.reshape(tf.matMul(tf.reshape(x, [before, along]), matrix, false, isTransposed), x.shape);
  }
  if (before === 1) return tf.reshape(tf.matMul(matrix, tf.reshape(x, [along, after]), !isTransposed, false), x.shape);
  const slices = tf.reshape(x, [before, along, after]);
  const factors = tf.tile(tf.expandDims(matrix, 0), [before, 1, 1]);
  return tf.reshape(tf.matMul(factors, slices, !isTransposed, false), x.shape);
}
