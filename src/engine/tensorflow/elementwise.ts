import {sizeOf} from '../../contract/index.js';
import {dataTypes} from './graph-def.js';
import type {TensorForm} from './operation-results.js';

/** The operations that the addon's `Elementwise` supports, in the order of its functions. */
export const FUNCTIONS: readonly string[] = Object.freeze(
  'Add Sub Mul RealDiv Maximum Minimum Neg Abs Square Sqrt Sign Relu Expm1'.split(' '),
);

/** A value of the graph, with its form. */
interface NamedForm extends TensorForm {
  readonly ref: string;
}

/** An operand of an instruction: a node's output, and its number of elements. */
export interface Operand {
  readonly ref: string;
  readonly size: number;
}

/** A recorded element-wise operation: each operand has as many elements as the result, or one. */
export interface Instruction {
  /** The node's name. */
  readonly name: string;
  /** A number in `FUNCTIONS`. */
  readonly fn: number;
  readonly operands: readonly [Operand, Operand];
  readonly shape: readonly number[];
  readonly size: number;
}

/** Collects the operations of a recorded call that may be fused. */
export interface ElementwiseNotes {
  /** By their nodes' names. */
  readonly instructions: ReadonlyMap<string, Instruction>;
  /** Whether operations are collected from now on. @returns whether they were before */
  setNoting(isNoting: boolean): boolean;
  /** An operation that has been recorded. */
  note(op: string, name: string, inputs: readonly NamedForm[], result: TensorForm): void;
}

export function createElementwiseNotes(): ElementwiseNotes {
  const instructions = new Map<string, Instruction>();
  let notes = false;
  return {
    instructions,
    setNoting(isNoting) {
      const before = notes;
      notes = isNoting;
      return before;
    },
    note(op, name, inputs, result) {
      const instruction = notes ? instructionOf(op, name, inputs, result) : undefined;
      if (instruction) instructions.set(name, instruction);
    },
  };
}

function instructionOf(
  op: string,
  name: string,
  inputs: readonly NamedForm[],
  {shape, dtype}: TensorForm,
): Instruction | undefined {
  const fn = FUNCTIONS.indexOf(op);
  const size = sizeOf(shape);
  const isFit = (value: NamedForm): boolean =>
    value.dtype === dataTypes.float32 && [1, size].includes(sizeOf(value.shape));
  if (fn < 0 || size === 0 || dtype !== dataTypes.float32 || !inputs.every(isFit)) return undefined;
  const operand = ({ref, shape: own}: NamedForm): Operand => ({ref, size: sizeOf(own)});
  return {name, fn, operands: [operand(inputs[0]!), operand(inputs.at(-1)!)], shape: [...shape], size};
}
