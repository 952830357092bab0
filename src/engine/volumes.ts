import type * as TF from '@tensorflow/tfjs-core';
import type {Tensor} from '../contract/index.js';
import {wrapKernel} from './kernel-registry.js';
import {tf} from './tf.js';

/** Those that give the gradient of what the windows slide over, in its shape. */
const OF_INPUT = ['Conv3DBackpropInputV2', 'AvgPool3DGrad'];
const KERNELS = ['Conv3D', 'Conv3DBackpropFilterV2', 'AvgPool3D', 'MaxPool3D', ...OF_INPUT];

interface Attributes {
  readonly inputShape?: number[];
  readonly filterShape?: number[];
  /** Of pools. */
  readonly filterSize?: number | number[];
  readonly strides: number | number[];
  readonly pad: 'same' | 'valid' | number;
}

/**
 * In tfjs 4.22 padding `same` is below 0 along a dimension of a volume whose end no window reaches, as with strides wider than the
 * window; and there oneDNN (TensorFlow 2.21) computes something else on processors without AVX-512. Here the volume is cut to what the
 * windows see. To be called once a backend.
 */
export function cutVolumesToWindows(backendName: string): void {
  for (const kernelName of KERNELS)
    wrapKernel(kernelName, backendName, (shipped) => (call) => {
      const whole = inputShapeOf(call);
      const seen = shapeSeen(call, whole);
      if (String(seen) === String(whole)) return shipped(call);
      return tf.tidy(() => {
        const result = tensorOf(shipped(cutTo(seen, call)));
        return OF_INPUT.includes(kernelName)
          ? tf.pad(
              result,
              seen.map((size, i) => [0, whole[i]! - size]),
            )
          : result;
      });
    });
}

type Call = Parameters<TF.KernelFunc>[0];

function attributesOf({attrs}: Call): Attributes {
  return attrs as unknown as Attributes;
}

function inputShapeOf(call: Call): number[] {
  const {x, input} = call.inputs;
  return attributesOf(call).inputShape ?? (x ?? input!).shape;
}

/** Along each dimension at most as far as the last window. */
function shapeSeen(call: Call, whole: readonly number[]): number[] {
  const {pad, strides, filterSize, filterShape} = attributesOf(call);
  if (pad !== 'same') return [...whole];
  const window = filterSize ?? filterShape ?? call.inputs.filter!.shape;
  const along = (value: number | readonly number[], i: number): number =>
    typeof value === 'number' ? value : value[i]!;
  return whole.map((size, dimension) => {
    if (dimension === 0 || dimension === 4) return size;
    const [stride, length] = [along(strides, dimension - 1), along(window, dimension - 1)];
    return Math.min(size, (Math.ceil(size / stride) - 1) * stride + length);
  });
}

function cutTo(seen: number[], call: Call): Call {
  const cut = (tensor: TF.TensorInfo): Tensor =>
    tf.slice(
      tensor as Tensor,
      seen.map(() => 0),
      seen,
    );
  const {x, input} = call.inputs;
  const inputs = {...call.inputs, ...(x && {x: cut(x)}), ...(input && {input: cut(input)})};
  return {...call, inputs, attrs: {...call.attrs, inputShape: seen}};
}

function tensorOf(result: TF.TensorInfo | TF.TensorInfo[]): Tensor {
  return result instanceof tf.Tensor ? result : tf.engine().makeTensorFromTensorInfo(result as TF.TensorInfo);
}
