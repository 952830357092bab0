import type {Entry, Tensor, Tree, Workload} from '../contract/index.js';
import {clipByGlobalNorm, globalNorm, lossAndGradients, tf} from '../engine/index.js';
import {type GradientTransformation, takeStep} from '../optimizers/index.js';

export interface GradientStepOptions {
  readonly workload: Pick<Workload, 'modelFn' | 'lossFn' | 'paramTypes'>;
  readonly optimizer: GradientTransformation;
  /** Passed to the model. */
  readonly dropoutRate?: number | undefined;
  /** Passed to the loss. */
  readonly labelSmoothing?: number | undefined;
  /** Largest global norm of the gradients that reach the optimizer. */
  readonly gradClip?: number | undefined;
  /** Adds the gradients' global norm (before clipping) to the outputs. */
  readonly withGradNorm?: boolean;
  /** Whether it is one of the optimizer's long steps; default false. */
  readonly isLongStep?: boolean;
}

/**
 * One training step as a program's entry: inputs `batch`, `learningRate`, `key` and, for optimizers that look at it, `step`; outputs
 * `loss` (mean over the batch's valid examples) and, where asked for, `gradNorm`.
 */
export function gradientStep(options: GradientStepOptions): Entry {
  const {
    workload,
    optimizer,
    dropoutRate = 0,
    labelSmoothing = 0,
    gradClip,
    withGradNorm = false,
    isLongStep,
  } = options;
  const clipped = (gradients: Tree<Tensor>): Tree<Tensor> =>
    gradClip === undefined ? gradients : clipByGlobalNorm(gradients, gradClip);
  return ({params, modelState, optimizer: state}, {batch, learningRate, key, step}) => {
    const backward = (at: Tree<Tensor>, updateBatchNorm: boolean) =>
      lossAndGradients((current: Tree<Tensor>) => {
        const call = {mode: 'train', key, dropoutRate, updateBatchNorm} as const;
        const model = workload.modelFn(current, batch, modelState, call);
        const {summed, nValidExamples} = workload.lossFn({logits: model.logits, batch, labelSmoothing});
        return {loss: tf.div(summed, nValidExamples), aux: model.modelState};
      }, at);
    const {loss, aux, gradients} = backward(params, true);
    const gradientsAt = (other: Tree<Tensor>): Tree<Tensor> => clipped(backward(other, false).gradients);
    const context = {learningRate, step, paramTypes: workload.paramTypes, gradientsAt, isLongStep};
    const updated = takeStep(optimizer, {gradients: clipped(gradients), state, params}, context);
    return {
      state: {params: updated.params, modelState: aux, optimizer: updated.state},
      outputs: withGradNorm ? {loss, gradNorm: globalNorm(gradients)} : {loss},
    };
  };
}

/** What decides which entry a step runs. */
export interface StepKind {
  /** Steps since the optimizer's `init`. */
  readonly count: number;
  /** Whether the gradients' norm is wanted; default false. */
  readonly isLogged?: boolean;
}

/** The entries of a training algorithm that takes one {@link gradientStep} each time. */
export interface GradientSteps {
  /** To be part of what `initOptimizerState` gives. An entry is recorded when it is first run. */
  readonly entries: {readonly [name: string]: Entry};
  /** The name of a step's entry. */
  entryOf(kind: StepKind): string;
}

/** Entries for all kinds of steps: plain ones, those with the gradients' norm, and both of them for an optimizer's long steps. */
export function gradientSteps(options: Omit<GradientStepOptions, 'withGradNorm' | 'isLongStep'>): GradientSteps {
  const {optimizer} = options;
  const plain = {step: gradientStep(options), loggedStep: gradientStep({...options, withGradNorm: true})};
  if (!optimizer.isLongStep) return {entries: plain, entryOf: ({isLogged}) => (isLogged ? 'loggedStep' : 'step')};
  const long = {...options, isLongStep: true};
  return {
    entries: {...plain, longStep: gradientStep(long), loggedLongStep: gradientStep({...long, withGradNorm: true})},
    entryOf({count, isLogged}) {
      if (optimizer.isLongStep!(count)) return isLogged ? 'loggedLongStep' : 'longStep';
      return isLogged ? 'loggedStep' : 'step';
    },
  };
}
