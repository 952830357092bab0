import type {Tensor} from '../../contract/index.js';
import {tf} from '../tf.js';
import {correctGradient} from './registry.js';

const ofTwoFactors = ['Maximum', 'Minimum', 'SquaredDifference', 'BatchMatMul'];

/**
 * In tfjs 4.22 these operations give the gradient of an input that was broadcast in the shape of the output, which is then
 * refused. Here it is summed over what the input was repeated along.
 */
export function correctBroadcastGradients(): void {
  for (const name of ofTwoFactors) {
    correctGradient(name, (shipped) => (dy, saved, attributes) => {
      const {a, b} = shipped(dy, saved, attributes);
      return {a: () => summedTo(a!(), saved[0]!.shape), b: () => summedTo(b!(), saved[1]!.shape)};
    });
  }
}

function summedTo(gradient: Tensor, shape: number[]): Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return axes.length === 0 ? gradient : tf.reshape(tf.sum(gradient, axes), shape);
}
