import type * as TF from '@tensorflow/tfjs-core';
import {sizeOf, type Tensor} from '../../contract/index.js';
import {RELU_GRADIENT, SIGMOID_GRADIENT} from '../corrected/activations.js';
import {crossEntropyInputs, registerCrossEntropyGradients} from '../cross-entropy.js';
import {setKernel} from '../kernel-registry.js';
import {FOLD_IN, foldOnHost, KEYED_UNIFORM} from '../keyed-random.js';
import {composedLayerNorm, composedLayerNormGradient, LAYER_NORM, LAYER_NORM_GRADIENT} from '../layer-norm.js';
import {ORTHONORMAL} from '../orthonormal.js';
import {replaceNumericPadding} from '../padding.js';
import {tf} from '../tf.js';
import {cutVolumesToWindows} from '../volumes.js';
import {refuseWideWindows} from '../windows.js';
import {addBatchNorm} from './batch-norm.js';
import {attributeKinds, type TensorflowBackend, tensorflowBackend} from './binding.js';
import {replaceConvolutions} from './convolutions.js';
import {replaceKernelsOfIntegers} from './integers.js';
import {addLstm} from './lstm.js';
import {matMulOperation} from './mat-mul.js';
import {hasOwnOperations, usesOwnOperations} from './own-operations.js';
import {replacePoolGradients} from './pool-gradients.js';
import {runOperation, typeAttribute} from './run-operation.js';
import {isSigmoidShared, type SigmoidOperation, sharedSigmoid} from './sigmoid.js';

type Call = Parameters<TF.KernelFunc>[0];

/**
 * Replaces tfjs-node's kernels that are slow, or that a graph can't hold, on backend `tensorflow`, and adds those that it
 * lacks. To be called once the backend's own kernels are registered; calling it again changes nothing.
 */
export function replaceTensorflowKernels(): void {
  if (tf.getKernel(KEYED_UNIFORM, 'tensorflow')) return;
  const multiplyMany = tf.getKernel('BatchMatMul', 'tensorflow').kernelFunc;
  replaceKernel('BatchMatMul', (call) => matMul(call) ?? multiplyMany(call));
  replaceKernel('AddN', addN);
  replaceKernel('GatherV2', gather);
  replaceConvolutions();
  replaceKernel(KEYED_UNIFORM, keyedUniform);
  replaceKernel(FOLD_IN, foldIn);
  replaceKernel(ORTHONORMAL, orthonormal);
  replaceKernelsOfIntegers();
  replacePoolGradients();
  replaceKernel('Relu', relu);
  replaceKernel('Relu6', relu6);
  replaceKernel(RELU_GRADIENT, reluGradient);
  replaceKernel('Sigmoid', (call) => sigmoid('Sigmoid', call, [call.inputs.x!]));
  replaceKernel(SIGMOID_GRADIENT, (call) => sigmoid('SigmoidGrad', call, [call.inputs.y!, call.inputs.dy!]));
  addBatchNorm();
  cutVolumesToWindows('tensorflow');
  replaceNumericPadding('tensorflow');
  refuseWideWindows('tensorflow');
  replaceKernel(LAYER_NORM, composedLayerNorm);
  replaceKernel(LAYER_NORM_GRADIENT, composedLayerNormGradient);
  if (!hasOwnOperations(tensorflowBackend().binding)) return;
  addCrossEntropy();
  addLstm();
}

function addCrossEntropy(): void {
  for (const [name, inputs] of Object.entries(crossEntropyInputs)) {
    const inOrder = (given: Call['inputs']): TF.TensorInfo[] => inputs.map((input) => given[input]!);
    replaceKernel(name, (call) => runOperation(call, name, [], inOrder(call.inputs)));
  }
  registerCrossEntropyGradients();
}

function replaceKernel(kernelName: string, kernelFunc: TF.KernelFunc): void {
  setKernel(kernelName, 'tensorflow', () => kernelFunc);
}

/** @returns undefined where tfjs-node's own is best */
function matMul(call: Call): TF.TensorInfo | undefined {
  const {a, b} = call.inputs as {a: TF.TensorInfo; b: TF.TensorInfo};
  const {transposeA, transposeB} = call.attrs as unknown as {transposeA: boolean; transposeB: boolean};
  const {binding} = call.backend as unknown as TensorflowBackend;
  const operation = matMulOperation({a, b, transposeA, transposeB}, usesOwnOperations(binding));
  return operation && runOperation(call, operation.op, operation.attributes, [a, b]);
}

/** TensorFlow's `AddN` begins with the one whose memory it can write over, which is not the same each time: nor are the last digits. */
function addN(call: Call): TF.TensorInfo {
  const [first, ...others] = Object.values(call.inputs) as TF.Tensor[];
  return tf.tidy(() => others.reduce((sum, each) => tf.add(sum, each), tf.clone(first!)));
}

/** tfjs-node reads the indices on the host to check their range; TensorFlow checks it itself. */
function gather(call: Call): TF.TensorInfo {
  const {x, indices} = call.inputs as {x: TF.TensorInfo; indices: TF.TensorInfo};
  const {axis, batchDims} = call.attrs as unknown as {axis: number; batchDims: number};
  const along = tf.scalar(axis, 'int32');
  const attributes = [
    {name: 'batch_dims', type: attributeKinds.int, value: batchDims},
    typeAttribute('Tparams', x.dtype),
    typeAttribute('Tindices', indices.dtype),
    typeAttribute('Taxis', 'int32'),
  ];
  const result = runOperation(call, 'GatherV2', attributes, [x, indices, along]);
  along.dispose();
  return result;
}

/** Input `key`, int32 [2]; attribute `shape`. Philox under a key that TensorFlow scrambles the two words into. */
function keyedUniform(call: Call): TF.TensorInfo {
  const shape = tf.tensor1d((call.attrs as unknown as {shape: number[]}).shape, 'int32');
  const attributes = [typeAttribute('dtype', 'float32'), typeAttribute('T', 'int32'), typeAttribute('Tseed', 'int32')];
  const result = runOperation(call, 'StatelessRandomUniform', attributes, [shape, call.inputs.key!]);
  shape.dispose();
  return result;
}

/** On the host, but while an entry is recorded. */
function foldIn(call: Call): TF.TensorInfo {
  const backend = call.backend as unknown as TensorflowBackend;
  if (!backend.binding.foldIn) return foldOnHost(call);
  const [key] = backend.getInputTensorIds([call.inputs.key!]);
  return backend.createOutputTensor(backend.binding.foldIn(key!, (call.attrs as unknown as {n: number}).n));
}

function orthonormal(call: Call): TF.TensorInfo {
  const {x} = call.inputs as {x: TF.TensorInfo};
  const backend = call.backend as unknown as TensorflowBackend;
  const attributes = [{name: 'full_matrices', type: attributeKinds.bool, value: false}, typeAttribute('T', x.dtype)];
  const [q, r] = backend.binding.executeOp('Qr', attributes, backend.getInputTensorIds([x]), 2);
  backend.createOutputTensor(r!).dispose();
  return backend.createOutputTensor(q!);
}

/** TensorFlow makes one operation of its own `Relu` and a product before it, whose result is 0 where it should be NaN. */
function relu({inputs}: Call): TF.TensorInfo {
  return tf.tidy(() => atLeast0(inputs.x as Tensor));
}

function relu6({inputs}: Call): TF.TensorInfo {
  return tf.tidy(() => {
    const x = inputs.x as Tensor;
    return tf.minimum(atLeast0(x), tf.scalar(6, x.dtype as 'float32'));
  });
}

function atLeast0(x: Tensor): Tensor {
  return tf.maximum(x, tf.scalar(0, x.dtype as 'float32'));
}

function reluGradient(call: Call): TF.TensorInfo {
  const {dy, y} = call.inputs as {dy: Tensor; y: Tensor};
  const outputs = tf.cast(y, dy.dtype);
  const result = runOperation(call, 'ReluGrad', [typeAttribute('T', dy.dtype)], [dy, outputs]);
  outputs.dispose();
  return result;
}

function sigmoid(op: SigmoidOperation, call: Call, inputs: readonly TF.TensorInfo[]): TF.TensorInfo {
  const [{dtype, shape}] = inputs as [TF.TensorInfo];
  const {binding} = call.backend as unknown as TensorflowBackend;
  if (dtype === 'float32' && isSigmoidShared(sizeOf(shape), usesOwnOperations(binding)))
    return runOperation(call, sharedSigmoid[op], [], inputs);
  return runOperation(call, op, [typeAttribute('T', dtype)], inputs);
}
