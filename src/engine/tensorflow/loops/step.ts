import type {Tensor} from '../../../contract/index.js';
import {tf} from '../../tf.js';
import {dataTypes} from '../graph-def.js';
import type {GraphValue} from '../graph-recorder.js';
import {addArgument, graphValueOf, type LoopRecording, tensorOf} from './recording.js';
import {requireSameStep, type StepCall} from './same-step.js';
import {isTaped, runTaped, withTapeFrom, withTensorsTaken} from './tape.js';

/** What a step is given, and what it gives. */
export interface StepTensors {
  readonly carry: readonly Tensor[];
  readonly input: Tensor;
}

export interface StepResult {
  readonly carry: readonly Tensor[];
  readonly output: Tensor;
}

export interface StepToRecord {
  /** What the first step is given. */
  readonly carry: readonly Tensor[];
  /** A step's own input. @param number - of the step, a scalar of int32 */
  readonly inputOf: (number: Tensor) => Tensor;
  readonly run: (given: StepTensors, number: Tensor) => StepResult;
}

/** A step as nodes of the graph. */
export interface RecordedStep {
  /** How many nodes there were before. */
  readonly from: number;
  /** The arguments. */
  readonly number: GraphValue;
  readonly carry: readonly GraphValue[];
  /** The results. */
  readonly next: readonly GraphValue[];
  readonly output: GraphValue;
  /** Where it will be asked for. */
  readonly gradient: StepGradient | undefined;
}

/** Gradients of a step as nodes of the graph; undefined for what has none, or does not matter. */
export interface StepGradient {
  /** The places of its nodes in the graph, from the first to behind the last; before them are the step's. */
  readonly from: number;
  readonly to: number;
  /** The arguments: gradients with respect to what the step gives. */
  readonly dNext: readonly (GraphValue | undefined)[];
  readonly dOutput: GraphValue | undefined;
  /** The results: gradients with respect to what it is given. */
  readonly dCarry: readonly (GraphValue | undefined)[];
  readonly dInput: GraphValue | undefined;
  /** And to tensors from outside of the step. */
  readonly taken: readonly {readonly tensor: Tensor; readonly gradient: GraphValue | undefined}[];
}

/** Records a step on arguments in place of what each of the steps is given. It is called twice, to find what differs between calls. */
export function recordStep(recording: LoopRecording, step: StepToRecord): RecordedStep {
  const first = callStep(recording, step);
  const second = callStep(recording, step);
  requireSameStep(asNodes(recording, first), asNodes(recording, second));
  const {from, number, given, result, outside} = second;
  const valueOfEach = (tensor: Tensor): GraphValue => graphValueOf(recording, tensor);
  return {
    from,
    number: valueOfEach(number),
    carry: given.carry.map(valueOfEach),
    next: result.carry.map(valueOfEach),
    output: valueOfEach(result.output),
    gradient: outside && recordGradient(recording, {given, result, ...outside}),
  };
}

/** A call of the step, as tensors. */
interface StepCallTensors {
  /** The places of its nodes in the graph. */
  readonly from: number;
  readonly to: number;
  readonly number: Tensor;
  readonly given: StepTensors;
  readonly result: StepResult;
  /** Where gradients will be asked for. */
  readonly outside: Outside | undefined;
}

interface Outside {
  /** What it takes from outside. */
  readonly taken: readonly Tensor[];
  /** Where it begins on the tape. */
  readonly tapedFrom: number;
}

function callStep(recording: LoopRecording, step: StepToRecord): StepCallTensors {
  const {nodes} = recording.graph;
  const from = nodes.length;
  const number = addArgument(recording, {dtype: dataTypes.int32, shape: []});
  const carry = step.carry.map((tensor) => addArgument(recording, graphValueOf(recording, tensor)));
  // Another tensor of the same value: its gradient is not one with respect to all inputs, which the step may use as well.
  const input = tensorOf(recording, graphValueOf(recording, step.inputOf(number)));
  const given = {carry, input};
  const run = (): StepResult => {
    const result = step.run(given, number);
    // What it gives as it was taken is taken by an operation then.
    return {carry: result.carry.map((each) => tf.clone(each)), output: tf.clone(result.output)};
  };
  const own = [number, input, ...carry];
  const {result, ...outside} = isTaped() ? withTensorsTaken(own, run) : {result: run()};
  return {from, to: nodes.length, number, given, result, outside: 'taken' in outside ? outside : undefined};
}

function asNodes(recording: LoopRecording, {from, to, result}: StepCallTensors): StepCall {
  const results = [...result.carry, result.output].map((tensor) => graphValueOf(recording, tensor).ref);
  return {nodes: recording.graph.nodes.slice(from, to), results};
}

interface Called extends Outside {
  readonly given: StepTensors;
  readonly result: StepResult;
}

const isFloat = ({dtype}: Tensor): boolean => dtype === 'float32';

function recordGradient(recording: LoopRecording, {given, result, taken, tapedFrom}: Called): StepGradient | undefined {
  const from = recording.graph.nodes.length;
  const upstream = [result.output, ...result.carry].map((tensor) =>
    isFloat(tensor) ? addArgument(recording, graphValueOf(recording, tensor)) : undefined,
  );
  const inputs = [given.input, ...given.carry];
  const wanted = [...inputs.filter(isFloat), ...taken];
  if (wanted.length === 0) return undefined;
  const seed = seedOf([result.output, ...result.carry], upstream);
  const {grads} = withTapeFrom(tapedFrom, () =>
    tf.engine().gradients(() => seed as never, wanted, tf.scalar(1) as never, true),
  );
  const gradientOf = (tensor: Tensor): GraphValue | undefined => {
    const gradient = grads[wanted.indexOf(tensor)] as Tensor | undefined;
    return gradient && graphValueOf(recording, gradient);
  };
  const [dOutput, ...dNext] = upstream.map((tensor) => tensor && graphValueOf(recording, tensor));
  const [dInput, ...dCarry] = inputs.map(gradientOf);
  const to = recording.graph.nodes.length;
  const ofTaken = taken.map((tensor) => ({tensor, gradient: gradientOf(tensor)}));
  return {from, to, dNext, dOutput, dCarry, dInput, taken: ofTaken};
}

/** A scalar whose gradients with respect to what a step gives are certain tensors. */
function seedOf(results: readonly Tensor[], gradients: readonly (Tensor | undefined)[]): Tensor {
  const pairs = results.map((result, i) => [String(i), result, gradients[i]] as const).filter(([, , d]) => d);
  const [seed] = runTaped({
    inputs: Object.fromEntries(pairs.map(([name, result]) => [name, result])),
    forwardFunc: () => tf.scalar(0),
    backwardsFunc: () => Object.fromEntries(pairs.map(([name, , d]) => [name, () => tf.clone(d!)])),
    attrs: {},
  });
  return seed!;
}
