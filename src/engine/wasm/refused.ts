import {replaceKernel} from './registry.js';

const wrong = {
  conv3d: ['Conv3DBackpropFilterV2', 'Conv3DBackpropInputV2'],
  dilation2d: ['Dilation2DBackpropFilter', 'Dilation2DBackpropInput'],
};

/** In tfjs-backend-wasm 4.22 the gradients of `conv3d` and `dilation2d` are silently wrong; here they throw. */
export function refuseWrongKernels(): void {
  for (const [operation, kernels] of Object.entries(wrong)) {
    for (const name of kernels) {
      replaceKernel(name, () => () => {
        throw new Error(
          `${name}: the wasm engine has no right gradient of ${operation}; use the engine tensorflow or cpu`,
        );
      });
    }
  }
}
