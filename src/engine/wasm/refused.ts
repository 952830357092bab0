import {replaceKernel} from './registry.js';

const gradientsOfConv3d = ['Conv3DBackpropFilterV2', 'Conv3DBackpropInputV2'];

/** In tfjs-backend-wasm 4.22 the gradients of `conv3d` are wrong without a word: here they say so. */
export function refuseWrongKernels(): void {
  for (const name of gradientsOfConv3d) {
    replaceKernel(name, () => () => {
      throw new Error(`${name}: the wasm engine has no right gradient of conv3d; use the engine tensorflow or cpu`);
    });
  }
}
