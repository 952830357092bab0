import type {GraphValue} from '../graph-recorder.js';
import {idWithoutValues} from '../without-values.js';
import type {LoopRecording} from './recording.js';
import {residualsOf} from './residuals.js';
import {countingVariable, stackVariable} from './stacks.js';
import type {RecordedStep} from './step.js';
import {addLoop, type LoopVariable} from './while-loop.js';

export interface ForwardLoop {
  /** What the last step hands on. */
  readonly carry: readonly GraphValue[];
  /** [steps, ...] */
  readonly outputs: GraphValue;
  /** What the gradient needs of all steps, [steps, ...], by what it is of one step. */
  readonly stacks: ReadonlyMap<string, GraphValue>;
}

/** Adds a loop over a step. @param carry - what the first one is given */
export function addForwardLoop(
  recording: LoopRecording,
  step: RecordedStep,
  {carry, steps}: {readonly carry: readonly GraphValue[]; readonly steps: number},
): ForwardLoop {
  const {graph, recorder} = recording;
  const number = {ref: step.number.ref, steps};
  const kept = [...new Set([step.output.ref, ...(step.gradient ? residualsOf(recording, step, step.gradient) : [])])];
  const {variable, shouldContinue} = countingVariable(graph, number, 1);
  const handed = step.carry.map(({ref, dtype, shape}, i): LoopVariable => {
    return {dtype, shape, argument: ref, initial: carry[i]!.ref, next: step.next[i]!.ref};
  });
  const stacks = kept.map((ref) => stackVariable(recording, {...recorder.formOf(ref)!, ref}, number));
  const variables = [variable, ...handed, ...stacks];
  const refs = addLoop(recording, {variables, shouldContinue, from: step.from}).slice(1);
  const stacked = stacks.map(({dtype, shape}, i): GraphValue => {
    return {ref: refs[handed.length + i]!, dtype, shape, sharesInput: false};
  });
  // Other loops, and one around this, take them.
  for (const value of stacked) recorder.define(idWithoutValues(), value);
  return {
    carry: handed.map(({dtype, shape}, i) => {
      return {ref: refs[i]!, dtype, shape, sharesInput: carry[i]!.sharesInput || step.next[i]!.sharesInput};
    }),
    outputs: stacked[0]!,
    stacks: new Map(kept.map((ref, i) => [ref, stacked[i]!])),
  };
}
