import {replaceKernel} from './registry.js';

/** What is silently wrong in tfjs-backend-wasm 4.22, by kernels. */
const wrong = {
  Conv3DBackpropFilterV2: 'gradient of conv3d',
  Conv3DBackpropInputV2: 'gradient of conv3d',
  Dilation2D: 'dilation2d',
};

/** These kernels throw. */
export function refuseWrongKernels(): void {
  for (const [name, what] of Object.entries(wrong))
    replaceKernel(name, () => () => {
      throw new Error(`${name}: the wasm engine has no right ${what}; use the engine tensorflow or cpu`);
    });
}
