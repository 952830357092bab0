import type * as TF from '@tensorflow/tfjs-core';
import {tf} from '../tf.js';
import {replaceKernel} from './registry.js';

/** tfjs-backend-wasm 4.22 makes 0 of NaN there. */
export function replaceRelu6(): void {
  replaceKernel(
    'Relu6',
    () =>
      ({inputs}) =>
        tf.tidy(() => tf.minimum(tf.maximum(inputs.x as TF.Tensor, 0), 6)),
  );
}
