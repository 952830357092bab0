import {frozen} from '../../support/index.js';
import {tf} from '../tf.js';
import {attributeKinds, type Binding, tensorflowBackend} from './binding.js';
import {dataTypes} from './graph-def.js';
import type {OpCall, TensorForm} from './operation-results.js';

const known = new WeakMap<Binding, boolean>();

/** Whether the addon has the operations that are compiled into ours: those that came with an npm package have not. */
export function hasOwnOperations(binding: Binding): boolean {
  const has = known.get(binding) ?? canPickRows(binding);
  known.set(binding, has);
  return has;
}

/**
 * The addon's operations that graphs hold, each with what computes the same where TensorFlow sees a GPU: theirs are kernels for the CPU
 * only, and what they take and give would go to and fro.
 */
export const insteadOfOwn: {readonly [op: string]: string} = frozen({
  AdamWUpdate: 'ResourceApplyAdam for each parameter',
  Elementwise: 'the operations, unfused',
  HandOn: 'AssignVariableOp and ReadVariableOp between the calls',
  LargeMatMul: 'MatMul',
  PickBytes: 'rows that the host picks',
  PickRows: 'rows that the host picks: a batch is copied once',
  RecurrentLstm: 'a loop over the steps',
  RecurrentLstmGradient: 'a loop back over the steps',
  SharedMatMul: 'MatMul, BatchMatMulV2',
  SharedMatMulOfBytes: 'MatMul of numbers',
  SharedSigmoid: 'Sigmoid',
  SharedSigmoidGradient: 'SigmoidGrad',
  SoftmaxCrossEntropy: 'LogSoftmax, Mul, Sum, Neg',
  SoftmaxCrossEntropyGradient: 'the gradients of these',
});

/**
 * Elements of all parameters up to which one operation updates all of them. Above it each parameter has its own, so that the gradients of
 * a large model need not all be in memory at once.
 */
export const MOST_ELEMENTS = 2 ** 20;

/** Whether what is computed may be left to operations of the addon's: where it has them, and TensorFlow computes on the CPU. */
export function usesOwnOperations(binding: Binding): boolean {
  return hasOwnOperations(binding) && !binding.isUsingGpuDevice();
}

/**
 * Whether graphs pick a batch's rows of a data set that they are fed whole. For a GPU it would be copied whole at every step; there the
 * host picks the rows.
 */
export function picksRows(binding: Binding): boolean {
  return !binding.isUsingGpuDevice();
}

/** Whether the engine computes by a kernel that is an operation of the addon's. */
export function hasOwnKernel(kernelName: string): boolean {
  if (tf.getBackend() !== 'tensorflow' || !tf.getKernel(kernelName, 'tensorflow')) return false;
  return usesOwnOperations(tensorflowBackend().binding);
}

/** Makes the answer for one binding that of another, which stands in its place. */
export function shareOwnOperations(from: Binding, to: Binding): Binding {
  known.set(to, hasOwnOperations(from));
  return to;
}

function canPickRows(binding: Binding): boolean {
  const source = binding.createTensor([1, 1], dataTypes.uint8, Uint8Array.of(1));
  const rows = binding.createTensor([1], dataTypes.int32, Int32Array.of(0));
  const number = (name: string, value: number) => ({name, type: attributeKinds.float, value});
  try {
    const [picked] = binding.executeOp('PickRows', [number('scale', 1), number('offset', 0)], [source, rows], 1);
    binding.deleteTensor(picked!.id);
    return true;
  } catch {
    return false;
  } finally {
    for (const id of [source, rows]) binding.deleteTensor(id);
  }
}

/** The forms of what an operation of the addon's own gives, or undefined for one of TensorFlow's. */
export function ownOutputForms(call: OpCall, inputs: readonly TensorForm[]): TensorForm[] | undefined {
  const shapes = outputShapes[call.op]?.(
    call,
    inputs.map(({shape}) => shape),
  );
  return shapes?.map((shape) => ({dtype: dataTypes.float32, shape}));
}

type Shape = readonly number[];

const productShape = (call: OpCall, [a, b]: readonly Shape[]): Shape[] => [
  [
    ...a!.slice(0, -2),
    a!.at(attributeOf(call, 'transpose_a') ? -1 : -2)!,
    b!.at(attributeOf(call, 'transpose_b') ? -2 : -1)!,
  ],
];

const outputShapes: {readonly [op: string]: (call: OpCall, inputs: readonly Shape[]) => Shape[]} = {
  SharedMatMul: productShape,
  LargeMatMul: productShape,
  SharedSigmoid: (_, [x]) => [x!],
  SharedSigmoidGradient: (_, [y]) => [y!],
  SoftmaxCrossEntropy: (_, [logits]) => [logits!.slice(0, 1)],
  SoftmaxCrossEntropyGradient: (_, [, logits]) => [logits!],
  RecurrentLstm: (_, [gates, , hidden, cell]) => {
    const outputs = [...gates!.slice(0, 2), hidden![1]!];
    return [outputs, hidden!, cell!, outputs, gates!];
  },
  RecurrentLstmGradient: (_, [, dHidden, dCell, , , , , active]) => [active!, dHidden!, dCell!],
  AdamWUpdate: (call, inputs) => inputs.slice(0, 3 * attributeOf(call, 'N')),
};

function attributeOf({attributes}: OpCall, name: string) {
  return attributes.find((attribute) => attribute.name === name)!.value;
}
