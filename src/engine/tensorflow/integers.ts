import type * as TF from '@tensorflow/tfjs-core';
import type {Tensor} from '../../contract/index.js';
import {clipped} from '../clipped.js';
import {wrapKernel} from '../kernel-registry.js';
import {tf} from '../tf.js';

type Kernel = (call: Parameters<TF.KernelFunc>[0] & {readonly inputs: {readonly x: Tensor}}) => TF.TensorInfo;

const ofIntegers: {readonly [kernel: string]: Kernel} = {
  /** tfjs-node's makes other bounds of those that are no integers of 32 bits. */
  ClipByValue({inputs, attrs}) {
    const {clipValueMin, clipValueMax} = attrs as unknown as {clipValueMin: number; clipValueMax: number};
    return clipped(inputs.x, clipValueMin, clipValueMax);
  },
  /** tfjs-node's disposes of what it is given. */
  Exp: ({inputs}) => tf.tidy(() => tf.exp(tf.cast(inputs.x, 'float32'))),
  /** TensorFlow's makes 0 of them. */
  Round: ({inputs}) => tf.clone(inputs.x),
  /** tfjs-node's fails. */
  Step({inputs, attrs}) {
    const {alpha} = attrs as unknown as {alpha: number};
    return tf.tidy(() => tf.cast(tf.step(tf.cast(inputs.x, 'float32'), alpha), 'int32'));
  },
};

/** Replaces tfjs-node's kernels of integers, and of bools, that are wrong. */
export function replaceKernelsOfIntegers(): void {
  for (const [name, kernel] of Object.entries(ofIntegers))
    wrapKernel(name, 'tensorflow', (shipped) => (call) => {
      const {dtype} = call.inputs.x as Tensor;
      return dtype === 'int32' ? kernel(call as Parameters<Kernel>[0]) : shipped(call);
    });
  wrapKernel('Mean', 'tensorflow', (shipped) => (call) => meanOfNumbers(shipped, call));
}

/** As a graph TensorFlow has no mean of others in float32. */
function meanOfNumbers(shipped: TF.KernelFunc, call: Parameters<TF.KernelFunc>[0]): TF.TensorInfo {
  const x = call.inputs.x as Tensor;
  if (x.dtype === 'float32') return shipped(call) as TF.TensorInfo;
  return tf.tidy(() => shipped({...call, inputs: {x: tf.cast(x, 'float32')}}) as Tensor);
}
