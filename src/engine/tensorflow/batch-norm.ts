import type * as TF from '@tensorflow/tfjs-core';
import {BATCH_NORM, BATCH_NORM_GRADIENT} from '../batch-norm.js';
import {tf} from '../tf.js';
import {attributeKinds, type OpAttribute, type TensorflowBackend} from './binding.js';
import {dataTypes} from './graph-def.js';

type Call = Parameters<TF.KernelFunc>[0];

/** Batch normalisation and its gradients as TensorFlow's own kernels: one pass over the values instead of one an operation. */
export function addBatchNorm(): void {
  tf.registerKernel({kernelName: BATCH_NORM, backendName: 'tensorflow', kernelFunc: forward});
  tf.registerKernel({kernelName: BATCH_NORM_GRADIENT, backendName: 'tensorflow', kernelFunc: gradient});
}

function forward(call: Call): TF.TensorInfo[] {
  const {x, scale, bias} = call.inputs as {[name: string]: TF.TensorInfo};
  const nothing = tf.tensor1d([]);
  const results = run(call, 'FusedBatchNormV3', [x!, scale!, bias!, nothing, nothing], 6);
  nothing.dispose();
  const [output, mean, unbiased, ...rest] = results as [Tensors, Tensors, Tensors, ...Tensors[]];
  // TensorFlow gives the variance that estimates the population's.
  const count = tf.util.sizeFromShape(x!.shape) / tf.util.sizeFromShape(scale!.shape);
  const variance = tf.mul(unbiased as never, Math.max(1, count - 1) / count);
  (unbiased as unknown as TF.Tensor).dispose();
  return [output, mean, variance, ...rest];
}

type Tensors = TF.TensorInfo;

/** What the forward kernel kept for this one are its last three outputs. */
function gradient(call: Call): TF.TensorInfo[] {
  const {dy, x, scale, rest0, rest1, rest2} = call.inputs as {[name: string]: TF.TensorInfo};
  const inputs = [dy!, x!, scale!, rest0!, rest1!, rest2!];
  const [dx, dScale, dBias, ...unused] = run(call, 'FusedBatchNormGradV3', inputs, 5);
  tf.dispose(unused as never);
  return [dx!, dScale!, dBias!];
}

function run(call: Call, op: string, inputs: readonly TF.TensorInfo[], outputs: number): TF.TensorInfo[] {
  const backend = call.backend as unknown as TensorflowBackend;
  const {float32} = dataTypes;
  const attributes: OpAttribute[] = [
    {name: 'T', type: attributeKinds.type, value: float32},
    {name: 'U', type: attributeKinds.type, value: float32},
    {name: 'epsilon', type: attributeKinds.float, value: (call.attrs as unknown as {epsilon: number}).epsilon},
    {name: 'data_format', type: attributeKinds.string, value: 'NHWC'},
    {name: 'is_training', type: attributeKinds.bool, value: true},
  ];
  const results = backend.binding.executeOp(op, attributes, backend.getInputTensorIds(inputs), outputs);
  return results.map((info) => backend.createOutputTensor(info));
}
