import type * as TF from '@tensorflow/tfjs-core';
import type {Tensor} from '../../contract/index.js';
import {wrapKernel} from '../kernel-registry.js';
import {tf} from '../tf.js';
import {attributeKinds} from './binding.js';
import {runOperation, typeAttribute} from './run-operation.js';

type Call = Parameters<TF.KernelFunc>[0];

interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  /** By hand: before and after, for each dimension. */
  readonly pad: 'same' | 'valid' | [number, number][];
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly filterShape: number[];
  readonly inputShape: number[];
}

/** Replaces convolutions that tfjs-node refuses, or that oneDNN computes wrongly. */
export function replaceConvolutions(): void {
  for (const name of ['Conv2DBackpropFilter', 'Conv2DBackpropInput'] as const)
    wrapKernel(name, 'tensorflow', (shipped) => (call) => {
      const isPadded = typeof (call.attrs as unknown as ConvolutionAttributes).pad === 'object';
      return isPadded ? paddedGradient(name, call) : shipped(call);
    });
  wrapKernel('Conv2DBackpropFilter', 'tensorflow', (shipped) => (call) => gradientOfPixel(shipped, call));
  wrapKernel('Conv3D', 'tensorflow', (shipped) => (call) => convolvedVolumes(shipped, call));
}

/** tfjs-node refuses paddings given by hand, though it takes them in the forward pass, and TensorFlow takes them in both. */
function paddedGradient(op: 'Conv2DBackpropFilter' | 'Conv2DBackpropInput', call: Call): TF.TensorInfo {
  const {x, dy, filter} = call.inputs as {x: TF.TensorInfo; dy: TF.TensorInfo; filter: TF.TensorInfo};
  const {strides, pad, dataFormat, filterShape, inputShape} = call.attrs as unknown as ConvolutionAttributes;
  const [strideY, strideX] = pairOf(strides);
  const {int, string} = attributeKinds;
  const isChannelsLast = dataFormat === 'NHWC';
  const attributes = [
    typeAttribute('T', 'float32'),
    {name: 'strides', type: int, value: isChannelsLast ? [1, strideY, strideX, 1] : [1, 1, strideY, strideX]},
    {name: 'padding', type: string, value: 'EXPLICIT'},
    {name: 'explicit_paddings', type: int, value: (pad as [number, number][]).flat()},
    {name: 'data_format', type: string, value: dataFormat},
  ];
  const isOfFilter = op === 'Conv2DBackpropFilter';
  const shape = tf.tensor1d(isOfFilter ? filterShape : inputShape, 'int32');
  const result = runOperation(call, op, attributes, isOfFilter ? [x, shape, dy] : [shape, filter, dy]);
  shape.dispose();
  return result;
}

/**
 * The gradient of a filter of one pixel that is moved by more than one: as of what it meets alone. oneDNN (TensorFlow 2.21) writes past
 * its memory there, where batch and channels are few.
 */
function gradientOfPixel(shipped: TF.KernelFunc, call: Call): TF.TensorInfo | TF.TensorInfo[] {
  const {x, dy} = call.inputs as {x: Tensor; dy: Tensor};
  const {strides, pad, dataFormat, filterShape} = call.attrs as unknown as ConvolutionAttributes;
  const [height, width] = filterShape as [number, number];
  const [strideY, strideX] = pairOf(strides);
  if (height * width > 1 || strideY * strideX === 1 || dataFormat !== 'NHWC') return shipped(call);
  return tf.tidy(() => {
    const padded = (typeof pad === 'object' ? tf.pad(x, pad) : x) as TF.Tensor4D;
    // The means of single values: several times as fast as a slice.
    const met = tf.avgPool(padded, 1, [strideY, strideX], 'valid');
    return shipped({...call, inputs: {x: met, dy}, attrs: {...call.attrs, strides: 1, pad: 'valid'}}) as Tensor;
  });
}

function pairOf(strides: number | [number, number]): [number, number] {
  return typeof strides === 'number' ? [strides, strides] : strides;
}

/** oneDNN (TensorFlow 2.21) makes another convolution of one with a single channel and a stride along the last dimension. */
function convolvedVolumes(shipped: TF.KernelFunc, call: Call): TF.TensorInfo | TF.TensorInfo[] {
  const {x, filter} = call.inputs as {x: Tensor; filter: Tensor};
  const {strides} = call.attrs as unknown as {strides: number | [number, number, number]};
  const lastStride = typeof strides === 'number' ? strides : strides[2];
  if (x.shape[4] !== 1 || lastStride === 1) return shipped(call);
  const none: [number, number] = [0, 0];
  const another: [number, number] = [0, 1];
  const inputs = {
    x: tf.pad(x, [none, none, none, none, another]),
    filter: tf.pad(filter, [none, none, none, another, none]),
  };
  const result = shipped({...call, inputs});
  tf.dispose(inputs);
  return result;
}
