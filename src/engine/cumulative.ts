import {wrapKernel} from './kernel-registry.js';

/**
 * In tfjs 4.22 `cumsum` and `cumprod` along a negative axis have no values on the engines `wasm` and `cpu`, and those of a scalar come to
 * no end. To be called once a backend.
 */
export function replaceCumulative(backendName: 'wasm' | 'cpu'): void {
  for (const kernelName of ['Cumsum', 'Cumprod'])
    wrapKernel(kernelName, backendName, (shipped) => (call) => {
      const {axis, ...attrs} = call.attrs as unknown as {axis: number};
      const rank = call.inputs.x!.shape.length;
      if (!(axis >= -rank && axis < rank)) {
        const allowed = rank === 0 ? 'a scalar has no axis' : `axis must be from ${-rank} to ${rank - 1}, got ${axis}`;
        throw new Error(`${kernelName.toLowerCase()}: ${allowed}`);
      }
      return shipped({...call, attrs: {...attrs, axis: axis < 0 ? axis + rank : axis}});
    });
}
