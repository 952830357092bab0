import type * as TF from '@tensorflow/tfjs-core';
import {tf} from '../tf.js';
import {replaceKernel} from './registry.js';

/** tfjs-backend-wasm 4.22 makes 0 of NaN there. */
export function replaceRelu6(): void {
  replaceKernel('Relu6', (shipped) => (call) => {
    const x = call.inputs.x as TF.Tensor;
    return x.dtype === 'float32' ? tf.tidy(() => tf.minimum(tf.maximum(x, 0), 6)) : shipped!(call);
  });
}
