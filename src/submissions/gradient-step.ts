import type {Entry, Tensor, Tree, Workload} from '../contract/index.js';
import {clipByGlobalNorm, globalNorm, lossAndGradients, tf} from '../engine/index.js';
import {type GradientTransformation, takeStep} from '../optimizers/index.js';

export interface GradientStepOptions {
  readonly workload: Workload;
  readonly optimizer: GradientTransformation;
  /** Passed to the model. */
  readonly dropoutRate?: number | undefined;
  /** Passed to the loss. */
  readonly labelSmoothing?: number | undefined;
  /** Largest global norm of the gradients that reach the optimizer. */
  readonly gradClip?: number | undefined;
  /** Adds the gradients' global norm (before clipping) to the outputs. */
  readonly withGradNorm?: boolean;
}

/**
 * One training step as a program's entry: inputs `batch`, `learningRate`, `key` and, for optimizers that look at it, `step`; outputs
 * `loss` (mean over the batch's valid examples) and, where asked for, `gradNorm`.
 */
export function gradientStep(options: GradientStepOptions): Entry {
  const {workload, optimizer, dropoutRate = 0, labelSmoothing = 0, gradClip, withGradNorm = false} = options;
  return ({params, modelState, optimizer: optimizerState}, {batch, learningRate, key, step}) => {
    const {loss, aux, gradients} = lossAndGradients((current: Tree<Tensor>) => {
      const model = workload.modelFn(current, batch, modelState, {mode: 'train', key, dropoutRate});
      const {summed, nValidExamples} = workload.lossFn({logits: model.logits, batch, labelSmoothing});
      return {loss: tf.div(summed, nValidExamples), aux: model.modelState};
    }, params);
    const clipped = gradClip === undefined ? gradients : clipByGlobalNorm(gradients, gradClip);
    const context = {learningRate, step, paramTypes: workload.paramTypes};
    const updated = takeStep(optimizer, {gradients: clipped, state: optimizerState, params}, context);
    return {
      state: {params: updated.params, modelState: aux, optimizer: updated.state},
      outputs: withGradNorm ? {loss, gradNorm: globalNorm(gradients)} : {loss},
    };
  };
}
