import type * as TF from '@tensorflow/tfjs-core';
import {attributeKinds, type OpAttribute, type TensorflowBackend} from './binding.js';
import {dataTypes} from './graph-def.js';

/** Runs an operation of TensorFlow's that has one output, for a kernel's call. */
export function runOperation(
  {backend}: Pick<Parameters<TF.KernelFunc>[0], 'backend'>,
  op: string,
  attributes: readonly OpAttribute[],
  inputs: readonly TF.TensorInfo[],
): TF.TensorInfo {
  const tensorflow = backend as unknown as TensorflowBackend;
  const ids = tensorflow.getInputTensorIds(inputs);
  const [output] = tensorflow.binding.executeOp(op, attributes, ids, 1);
  return tensorflow.createOutputTensor(output!);
}

/** @param name - the attribute's, whose value is the dtype */
export function typeAttribute(name: string, dtype: string): OpAttribute {
  return {name, type: attributeKinds.type, value: dataTypes[dtype as keyof typeof dataTypes]};
}
