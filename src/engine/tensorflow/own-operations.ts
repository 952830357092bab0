import {attributeKinds, type Binding} from './binding.js';
import {dataTypes} from './graph-def.js';
import type {OpCall, TensorForm} from './operation-results.js';

const known = new WeakMap<Binding, boolean>();

/** Whether the addon has the operations that are compiled into ours: those that came with an npm package have not. */
export function hasOwnOperations(binding: Binding): boolean {
  const has = known.get(binding) ?? canPickRows(binding);
  known.set(binding, has);
  return has;
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

const outputShapes: {readonly [op: string]: (call: OpCall, inputs: readonly Shape[]) => Shape[]} = {
  SharedMatMul: (call, [a, b]) => [
    [
      ...a!.slice(0, -2),
      a!.at(attributeOf(call, 'transpose_a') ? -1 : -2)!,
      b!.at(attributeOf(call, 'transpose_b') ? -2 : -1)!,
    ],
  ],
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
