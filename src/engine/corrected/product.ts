import type {Tensor} from '../../contract/index.js';
import {tf} from '../tf.js';
import {correctGradient} from './registry.js';

/** The gradient of `prod`: in tfjs 4.22 it calls methods of tensors that only tfjs-node adds. */
export function correctProductGradient(): void {
  correctGradient('Prod', () => (dy, [x], {axis}: {axis: number | number[] | undefined}) => ({
    x: () => productGradient(dy, x!, tf.util.parseAxisParam(axis ?? x!.shape.map((_, i) => i), x!.shape)),
  }));
}

/** For each value the product of the others along the axes, which come last meanwhile, as one. */
function productGradient(dy: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const moved = tf.transpose(x, order);
  const keptShape = kept.map((axis) => x.shape[axis]!);
  const factors = tf.reshape(moved, [...keptShape, tf.util.sizeFromShape(axes.map((axis) => x.shape[axis]!))]);
  const [before, after] = [false, true].map((reverse) => tf.cumprod(factors, kept.length, true, reverse));
  const gradient = tf.mul(tf.mul(before!, after!), tf.reshape(dy, [...keptShape, 1]));
  const back = order.map((_, axis) => order.indexOf(axis));
  return tf.transpose(tf.reshape(gradient, moved.shape), back);
}
