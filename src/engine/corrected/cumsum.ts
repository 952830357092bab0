import {tf} from '../tf.js';
import {correctGradient} from './registry.js';

/** In tfjs 4.22 the gradient of `cumsum` along another dimension than the last has that one in place of the last. */
export function correctCumsumGradient(): void {
  correctGradient('Cumsum', () => (dy, _, {axis, exclusive, reverse}) => ({
    x: () => tf.cumsum(dy, axis, exclusive, !reverse),
  }));
}
