import type {Tensor} from '../../../contract/index.js';
import {tf} from '../../tf.js';
import {tensorflowBackend} from '../binding.js';
import {foldInOperations} from '../fold-in-operations.js';
import {addBackwardLoop, type LoopGradients} from './backward.js';
import {addForwardLoop, type ForwardLoop} from './forward.js';
import {currentRecording, graphValueOf, type LoopRecording, tensorOf} from './recording.js';
import {type RecordedStep, recordStep, type StepGradient, type StepResult} from './step.js';
import {runTaped} from './tape.js';

export interface ScanToRecord {
  /** What the first step is given. */
  readonly carry: readonly Tensor[];
  /** [batch, steps, ...] */
  readonly inputs: Tensor;
  /** int32 [2], to be folded with the number of each step. */
  readonly key: Tensor | undefined;
  readonly step: (given: ScanStepTensors) => StepResult;
}

/** What a step is given. */
export interface ScanStepTensors {
  readonly carry: readonly Tensor[];
  readonly input: Tensor;
  readonly key: Tensor | undefined;
  /** A scalar of int32. */
  readonly number: Tensor;
}

export interface ScannedTensors {
  readonly carry: readonly Tensor[];
  /** [batch, steps, ...] */
  readonly outputs: Tensor;
}

/** Records steps as a loop of the graph. @returns undefined where there is no graph that can have one */
export function scanAsLoop(scan: ScanToRecord): ScannedTensors | undefined {
  const recording = currentRecording();
  if (!recording) return undefined;
  return tf.tidy(() => {
    const [outputs, ...carry] = recordLoops(recording, scan);
    return {carry, outputs: withSwappedDimensions(outputs!)} as never;
  }) as unknown as ScannedTensors;
}

function withSwappedDimensions(tensor: Tensor): Tensor {
  return tf.transpose(tensor, [1, 0, ...tensor.shape.slice(2).map((_, i) => i + 2)]);
}

/** @returns the outputs, [steps, batch, ...], and what the last step hands on */
function recordLoops(recording: LoopRecording, {carry, inputs, key, step}: ScanToRecord): Tensor[] {
  const steps = inputs.shape[1]!;
  const keys = key && keysOf(key, steps);
  const recorded = recordStep(recording, {
    carry,
    inputOf: (number) => tf.gather(inputs, number as never, 1),
    run: (given, number) => step({...given, number, key: keys && tf.gather(keys, number as never)}),
  });
  const forward = addForwardLoop(recording, recorded, {
    carry: carry.map((each) => graphValueOf(recording, each)),
    steps,
  });
  const results = (): Tensor[] => [forward.outputs, ...forward.carry].map((value) => tensorOf(recording, value));
  const {gradient} = recorded;
  return gradient ? runDifferentiably(recording, {carry, inputs, recorded, gradient, forward, results}) : results();
}

/** @returns [steps, 2] */
function keysOf(key: Tensor, steps: number): Tensor {
  const backend = tensorflowBackend();
  const numbers = Int32Array.from({length: steps}, (_, i) => i);
  const keys = foldInOperations(backend.binding, backend.getInputTensorIds([key])[0]!, numbers);
  return backend.createOutputTensor(keys);
}

interface Loops extends Pick<ScanToRecord, 'carry' | 'inputs'> {
  readonly recorded: RecordedStep;
  readonly gradient: StepGradient;
  readonly forward: ForwardLoop;
  readonly results: () => Tensor[];
}

function runDifferentiably(recording: LoopRecording, loops: Loops): Tensor[] {
  const {carry, inputs, gradient, results} = loops;
  const steps = inputs.shape[1]!;
  const given = [inputs, ...carry, ...gradient.taken.map(({tensor}) => tensor)];
  const differentiable = [...given.entries()].filter(([, {dtype}]) => dtype === 'float32');
  return runTaped({
    inputs: Object.fromEntries(differentiable),
    forwardFunc: results,
    backwardsFunc(upstream) {
      const all = Array.isArray(upstream) ? upstream : [upstream];
      const gradients = runTaped({
        inputs: Object.fromEntries(all.entries()),
        forwardFunc: () => gradientsOf(recording, loops, {given, upstream: all, steps}),
        attrs: {},
      });
      return Object.fromEntries(differentiable.map(([i]) => [i, () => gradients[i]!]));
    },
    attrs: {},
  });
}

interface GivenUpstream {
  readonly given: readonly Tensor[];
  readonly upstream: readonly Tensor[];
  readonly steps: number;
}

/** In the order of what the loop is given; zeros for what it does not depend on. */
function gradientsOf(
  recording: LoopRecording,
  {recorded, gradient, forward}: Loops,
  {given, upstream, steps}: GivenUpstream,
): Tensor[] {
  const [dOutputs, ...dCarry] = upstream.map((tensor) => graphValueOf(recording, tensor));
  const parts = {step: recorded, gradient, forward};
  const found: LoopGradients = addBackwardLoop(recording, parts, {dOutputs: dOutputs!, dCarry, steps});
  const dInputs = found.dInputs && withSwappedDimensions(tensorOf(recording, found.dInputs));
  const others = [...found.dCarry, ...found.taken].map((value) => value && tensorOf(recording, value));
  return [dInputs, ...others].map((tensor, i) => tensor ?? tf.zeros(given[i]!.shape));
}
