import {wrapKernel} from './kernel-registry.js';

const CONVOLUTIONS = 'Conv2D Conv2DBackpropFilter Conv2DBackpropInput FusedConv2D';
const DEPTHWISE =
  'DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter DepthwiseConv2dNativeBackpropInput FusedDepthwiseConv2D';
const POOLS = 'AvgPool AvgPoolGrad MaxPool MaxPoolGrad';

/** The attributes that matter here. */
interface Padding {
  readonly pad?: unknown;
  readonly dataFormat?: string;
  readonly dimRoundingMode?: string | null;
}

/** Padding before and after, for each of four dimensions. */
type Sides = [[number, number], [number, number], [number, number], [number, number]];

/**
 * Where padding is a number, tfjs 4.22 works out the size of a result of the window's height and the first stride alone, for both
 * dimensions; kernels then write past its end, and tfjs-node takes none. Here such padding is named for each side. To be called once a
 * backend.
 */
export function replaceNumericPadding(backendName: string): void {
  const kernels = backendName === 'tensorflow' ? CONVOLUTIONS : `${CONVOLUTIONS} ${DEPTHWISE} ${POOLS}`;
  for (const kernelName of kernels.split(' ')) {
    wrapKernel(kernelName, backendName, (shipped) => (call) => {
      const {pad, dataFormat, dimRoundingMode} = (call.attrs ?? {}) as Padding;
      if (typeof pad !== 'number') return shipped(call);
      if (!Number.isSafeInteger(pad) || pad < 0)
        throw new Error(`${kernelName}: padding must be a whole number from 0 on, got ${pad}`);
      if (backendName !== 'cpu' && (dimRoundingMode ?? 'floor') !== 'floor')
        throw new Error(
          `${kernelName}: the ${backendName} engine can't round sizes by '${dimRoundingMode}'; take 'floor'`,
        );
      return shipped({...call, attrs: {...call.attrs, pad: paddingBySides(pad, dataFormat)}});
    });
  }
}

export function paddingBySides(pad: number, dataFormat = 'NHWC'): Sides {
  const none: [number, number] = [0, 0];
  const each: [number, number] = [pad, pad];
  return dataFormat === 'NCHW' ? [none, none, each, each] : [none, each, each, none];
}
