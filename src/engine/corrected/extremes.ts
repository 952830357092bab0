import {tf} from '../tf.js';
import {correctGradient} from './registry.js';

/**
 * Corrects the gradients of `max` and `min` over dimensions: in tfjs 4.22 each of several values that are equally large gets
 * the whole gradient. Here they share it, as in TensorFlow and JAX.
 */
export function correctExtremeGradients(): void {
  for (const [name, axisAttribute] of [
    ['Max', 'reductionIndices'],
    ['Min', 'axis'],
  ] as const) {
    correctGradient(name, () => (dy, saved, attributes) => {
      const [x, y] = saved as [(typeof saved)[0], (typeof saved)[0]];
      const axes = tf.util.parseAxisParam(attributes[axisAttribute], x.shape);
      const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const isTaken = tf.cast(tf.equal(x, tf.reshape(y, kept)), 'float32');
      return {x: () => tf.mul(isTaken, tf.div(tf.reshape(dy, kept), tf.sum(isTaken, axes, true)))};
    });
  }
}
