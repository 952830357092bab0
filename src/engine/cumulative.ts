import {wrapKernel} from './wrap-kernel.js';

/** In tfjs 4.22 `cumsum` and `cumprod` along a negative axis have no values on the engines `wasm` and `cpu`. To be called once a backend. */
export function replaceCumulative(backendName: 'wasm' | 'cpu'): void {
  for (const kernelName of ['Cumsum', 'Cumprod'])
    wrapKernel(kernelName, backendName, (shipped) => (call) => {
      const {axis, ...attrs} = call.attrs as unknown as {axis: number};
      const along = axis < 0 ? axis + call.inputs.x!.shape.length : axis;
      return shipped({...call, attrs: {...attrs, axis: along}});
    });
}
