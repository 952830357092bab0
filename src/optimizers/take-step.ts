import type {Tensor, Tree} from '../contract/index.js';
import {fused, section} from '../engine/index.js';
import {applyUpdates} from './chain.js';
import {requireTransformed} from './checks.js';
import {fusedAdamw} from './fused-adamw.js';
import type {GradientTransformation, StepInputs, StepResult, TransformContext} from './transformation.js';

/**
 * One step of an optimizer: its updates of the gradients, added to the parameters. A chain of which a fused form is known takes that;
 * the values are the same but for rounding.
 */
export function takeStep(optimizer: GradientTransformation, inputs: StepInputs, context: TransformContext): StepResult {
  const adamw = fusedAdamw(optimizer.parts);
  if (adamw) return adamw(inputs, context);
  // In a scope of its own: updates on the way are as large as the model.
  return section(() => fused(() => stepOf(optimizer, inputs, context)));
}

function stepOf(
  optimizer: GradientTransformation,
  {gradients, state, params}: StepInputs,
  context: TransformContext,
): {params: Tree<Tensor>; state: Tree<Tensor>} {
  const transformed = requireTransformed('optimizer', optimizer.update(gradients, state, params, context));
  return {params: applyUpdates(params, transformed.updates), state: transformed.state};
}
