import type {GraphBuilder} from '../graph-builder.js';
import {attribute, dataTypes, type GraphNode, nodeOf} from '../graph-def.js';
import type {GraphValue} from '../graph-recorder.js';
import type {ForwardLoop} from './forward.js';
import {addPlaceholder, type LoopRecording} from './recording.js';
import {countingVariable, integers, ofStep, type StepNumber, stackVariable} from './stacks.js';
import type {RecordedStep, StepGradient} from './step.js';
import {addLoop, type LoopVariable} from './while-loop.js';

/** Gradients with respect to what a loop gives. */
export interface Upstream {
  /** [steps, ...] */
  readonly dOutputs: GraphValue;
  readonly dCarry: readonly GraphValue[];
  readonly steps: number;
}

/** Gradients with respect to what a loop is given; undefined for what it does not depend on. */
export interface LoopGradients {
  readonly dCarry: readonly (GraphValue | undefined)[];
  /** [steps, ...] */
  readonly dInputs: GraphValue | undefined;
  readonly taken: readonly (GraphValue | undefined)[];
}

/** Variables of a loop, and what becomes of them behind it. */
interface Result {
  readonly variables: readonly LoopVariable[];
  /** @param refs - what the variables are after the last step */
  readonly behind: (refs: readonly string[]) => GraphValue;
}

/** Adds the loop over the gradient of a step, from the last step to the first. */
export function addBackwardLoop(
  recording: LoopRecording,
  {
    step,
    gradient,
    forward,
  }: {readonly step: RecordedStep; readonly gradient: StepGradient; readonly forward: ForwardLoop},
  {dOutputs, dCarry, steps}: Upstream,
): LoopGradients {
  const {graph} = recording;
  const number = {ref: step.number.ref, steps};
  const lookedUp = new Map([...forward.stacks].map(([ref, stack]) => [ref, ofStep(graph, stack, number.ref)]));
  if (gradient.dOutput) lookedUp.set(gradient.dOutput.ref, ofStep(graph, dOutputs, number.ref));
  const moved = movedTo(graph, gradient, lookedUp);
  const body = {recording, number, stacks: forward.stacks, moved};
  const results = [
    ...gradient.dCarry.map((value, i) => {
      const argument = gradient.dNext[i];
      return argument && handed(argument, dCarry[i]!, value ? moved(value.ref) : zeros(graph, argument));
    }),
    gradient.dInput && stacked(body, gradient.dInput),
    ...gradient.taken.map((each) => each.gradient && (product(body, each.gradient) ?? sum(body, each.gradient))),
  ];
  const {variable, shouldContinue} = countingVariable(graph, number, -1);
  const given = [...[...forward.stacks.values()].map(({ref}) => ref), dOutputs.ref];
  const variables = [variable, ...results.flatMap((result) => result?.variables ?? [])];
  const refs = addLoop(recording, {variables, shouldContinue, from: step.from, given}).slice(1);
  const values = results.map((result) => result?.behind(refs.splice(0, result.variables.length)));
  const count = gradient.dCarry.length;
  return {dCarry: values.slice(0, count), dInputs: values[count], taken: values.slice(count + 1)};
}

interface Body {
  readonly recording: LoopRecording;
  readonly number: StepNumber;
  readonly stacks: ForwardLoop['stacks'];
  readonly moved: (ref: string) => string;
}

function valued({dtype, shape}: LoopVariable, ref: string): GraphValue {
  return {ref, dtype, shape, sharesInput: false};
}

function handed({ref, dtype, shape}: GraphValue, initial: GraphValue, next: string): Result {
  const variable = {dtype, shape, argument: ref, initial: initial.ref, next};
  return {variables: [variable], behind: ([after]) => valued(variable, after!)};
}

function stacked({recording, number, moved}: Body, {ref, ...form}: GraphValue): Result {
  const variable = stackVariable(recording, {...form, ref: moved(ref)}, number);
  return {variables: [variable], behind: ([after]) => valued(variable, after!)};
}

/** A gradient that is added up from step to step. */
function sum({recording, moved}: Body, {ref, dtype, shape}: GraphValue): Result {
  const {graph} = recording;
  const argument = addPlaceholder(recording, {dtype, shape});
  const next = graph.add('AddV2', [argument, moved(ref)], {T: attribute.type(dtype)});
  const variable = {dtype, shape, argument, initial: zeros(graph, {dtype, shape}), next};
  return {variables: [variable], behind: ([after]) => valued(variable, after!)};
}

function zeros(graph: GraphBuilder, {dtype, shape}: Pick<GraphValue, 'dtype' | 'shape'>): string {
  return graph.constant(dtype, shape, new Uint8Array(new Float32Array(1).buffer));
}

const PRODUCTS = new Set(['MatMul', 'SharedMatMul', 'LargeMatMul']);

/**
 * A gradient that is a product `a^T b` at each step, as that of a kernel: its sum over the steps is the product of all steps' a and b,
 * as one, which is several times as fast.
 * @returns undefined for another gradient
 */
function product(body: Body, {ref, ...form}: GraphValue): Result | undefined {
  const {graph, recorder} = body.recording;
  const node = graph.nodes.find(({name}) => name === ref);
  if (!node || !PRODUCTS.has(node.op) || !isFirstTransposed(node)) return undefined;
  const factors = node.inputs.flatMap((input) => {
    const factor = recorder.formOf(input);
    return factor?.shape.length === 2 ? [{...factor, ref: input, sharesInput: false}] : [];
  });
  if (factors.length < 2) return undefined;
  const all = factors.map((factor) => collected(body, factor));
  return {
    variables: all.flatMap(({variables}) => variables),
    behind(refs) {
      const rest = [...refs];
      const rows = all.map(({variables, behind}) => asRows(graph, behind(rest.splice(0, variables.length))));
      return {...form, ref: graph.add(node.op, rows, node.attributes)};
    },
  };
}

/** What all steps have of a value, which may be kept already. */
function collected(body: Body, value: GraphValue): Result {
  const stack = body.stacks.get(value.ref);
  return stack ? {variables: [], behind: () => stack} : stacked(body, value);
}

/** [steps, rows, columns] to [steps rows, columns] */
function asRows(graph: GraphBuilder, {ref, dtype, shape}: GraphValue): string {
  const [steps, rows, columns] = shape as [number, number, number];
  const [T, Tshape] = [attribute.type(dtype), attribute.type(dataTypes.int32)];
  return graph.add('Reshape', [ref, integers(graph, [steps * rows, columns])], {T, Tshape});
}

function isFirstTransposed({attributes: {transpose_a, transpose_b}}: GraphNode): boolean {
  const isTrue = (value: Buffer | undefined): boolean => value?.equals(attribute.bool(true)) ?? false;
  return isTrue(transpose_a) && !isTrue(transpose_b);
}

/** Copies nodes to take other values. @returns the reference to what a node gives in its copy */
function movedTo(
  graph: GraphBuilder,
  {from, to}: StepGradient,
  replaced: ReadonlyMap<string, string>,
): (ref: string) => string {
  const names = new Map<string, string>();
  const moved = (ref: string): string =>
    replaced.get(ref) ?? ref.replace(nodeOf(ref), names.get(nodeOf(ref)) ?? nodeOf(ref));
  const copy = ({name, ...node}: GraphNode): void => {
    const inputs = node.inputs.map(moved);
    if (inputs.some((input, i) => input !== node.inputs[i])) names.set(name, graph.addNode({...node, inputs}));
  };
  for (const node of graph.nodes.slice(from, to)) copy(node);
  return moved;
}
