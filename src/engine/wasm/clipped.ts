import type * as TF from '@tensorflow/tfjs-core';
import {clipped} from '../clipped.js';
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
