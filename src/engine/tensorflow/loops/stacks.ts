import type {GraphBuilder} from '../graph-builder.js';
import {attribute, dataTypes} from '../graph-def.js';
import type {TensorForm} from '../operation-results.js';
import {addPlaceholder, type LoopRecording} from './recording.js';
import type {LoopVariable} from './while-loop.js';

/** int32 numbers as a constant. @returns the node's name */
export function integers(graph: GraphBuilder, values: number | readonly number[]): string {
  const [shape, all] = typeof values === 'number' ? [[], [values]] : [[values.length], values];
  return graph.constant(dataTypes.int32, shape, new Uint8Array(Int32Array.from(all).buffer));
}

/** The number of the step, a scalar of int32. */
export interface StepNumber {
  readonly ref: string;
  readonly steps: number;
}

/** The form of what all steps give. */
export function stackedForm({dtype, shape}: TensorForm, steps: number): TensorForm {
  return {dtype, shape: [steps, ...shape]};
}

/** What collects a value of each step, [steps, ...], in memory that is there from the beginning. */
export function stackVariable(
  recording: LoopRecording,
  {ref, ...form}: TensorForm & {readonly ref: string},
  number: StepNumber,
): LoopVariable {
  const {graph} = recording;
  const {dtype, shape} = stackedForm(form, number.steps);
  const argument = addPlaceholder(recording, {dtype, shape});
  const initial = graph.add('Empty', [integers(graph, shape)], {
    dtype: attribute.type(dtype),
    init: attribute.bool(false),
  });
  const [place, value] = [
    withFirstDimension(graph, number.ref, dataTypes.int32),
    withFirstDimension(graph, ref, dtype),
  ];
  const next = graph.add('InplaceUpdate', [argument, place, value], {T: attribute.type(dtype)});
  return {dtype, shape, argument, initial, next};
}

function withFirstDimension(graph: GraphBuilder, ref: string, dtype: number): string {
  const [T, Tdim] = [attribute.type(dtype), attribute.type(dataTypes.int32)];
  return graph.add('ExpandDims', [ref, integers(graph, 0)], {T, Tdim});
}

/** A step's own of what is stacked. @returns the node's name */
export function ofStep(
  graph: GraphBuilder,
  stack: {readonly ref: string; readonly dtype: number},
  number: string,
): string {
  const integer = attribute.type(dataTypes.int32);
  const attributes = {Tparams: attribute.type(stack.dtype), Tindices: integer, Taxis: integer};
  return graph.add('GatherV2', [stack.ref, number, integers(graph, 0)], {...attributes, batch_dims: attribute.int(0)});
}

/** The number of the step: counts from 0 up to `steps`, or from `steps - 1` down to 0. */
export function countingVariable(
  graph: GraphBuilder,
  {ref, steps}: StepNumber,
  direction: 1 | -1,
): {variable: LoopVariable; shouldContinue: string} {
  const T = attribute.type(dataTypes.int32);
  const [initial, test, end] = direction === 1 ? [0, 'Less', steps] : [steps - 1, 'GreaterEqual', 0];
  const next = graph.add('AddV2', [ref, integers(graph, direction)], {T});
  return {
    variable: {dtype: dataTypes.int32, shape: [], argument: ref, initial: integers(graph, initial), next},
    shouldContinue: graph.add(test, [ref, integers(graph, end)], {T}),
  };
}
