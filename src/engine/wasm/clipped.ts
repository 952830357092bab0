import type * as TF from '@tensorflow/tfjs-core';
import {tf} from '../tf.js';
import {replaceKernel} from './registry.js';

/** tfjs-backend-wasm 4.22 makes a bound of NaN there, and `clipByValue` has no integers. */
export function replaceClipped(): void {
  replaceKernel('Relu6', (shipped) => (call) => {
    const x = call.inputs.x as TF.Tensor;
    return x.dtype === 'float32' ? clipped(x, 0, 6) : shipped!(call);
  });
  replaceKernel(
    'ClipByValue',
    () =>
      ({inputs, attrs}) =>
        clipped(inputs.x, attrs.clipValueMin, attrs.clipValueMax),
  );
}

function clipped(x: TF.Tensor, least: number, most: number): TF.Tensor {
  const bound = (value: number): TF.Scalar => tf.scalar(value, x.dtype as 'float32');
  return tf.tidy(() => tf.minimum(tf.maximum(x, bound(least)), bound(most)));
}
