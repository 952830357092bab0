import type {InitialModel, OptimizerState, Outputs, UpdateContext, Workload} from '../contract/index.js';
import type {GradientTransformation} from '../optimizers/index.js';
import {type GradientStepOptions, type GradientSteps, gradientSteps} from './gradient-step.js';

/** Hyperparameters of a step that are not the optimizer's. */
export type StepHyperparameters = Pick<GradientStepOptions, 'dropoutRate' | 'labelSmoothing' | 'gradClip'>;

/** What the optimizer's part of a submission's state is made of. */
export interface OptimizerPartOptions {
  readonly workload: Workload;
  readonly model: InitialModel;
  readonly optimizer: GradientTransformation;
  readonly hyperparameters: StepHyperparameters;
}

/** The tensors, entries and evaluated parameters of an optimizer. */
export function optimizerPart(
  options: OptimizerPartOptions,
): GradientSteps & Pick<OptimizerState, 'init' | 'evalParams'> {
  const {workload, model, optimizer, hyperparameters} = options;
  const {dropoutRate, labelSmoothing, gradClip} = hyperparameters;
  return {
    init: () => optimizer.init(model.params, workload.paramTypes),
    ...gradientSteps({workload, optimizer, dropoutRate, labelSmoothing, gradClip}),
    evalParams: optimizer.evalParams && ((kept, params) => optimizer.evalParams!(kept, params, workload.paramTypes)),
  };
}

/** What a step depends on. */
export interface StepState extends OptimizerState, Pick<GradientSteps, 'entryOf'> {
  readonly learningRate: (step: number) => number;
  /** Steps from one row of training values (loss, gradient norm) to the next; the first step has one, too. */
  readonly loggedSteps: number;
}

/**
 * One step at the schedule's rate; loss and norm of the gradients are recorded where they are due.
 * @param optimizerSteps - steps since the optimizer was made; default: since the run began
 */
export function takeTrainingStep(
  context: UpdateContext<StepState>,
  optimizerSteps = context.globalStep,
): {outputs: Outputs; learningRate: number} {
  const {program, optimizerState: state, batch, globalStep, key, recorder} = context;
  const learningRate = state.learningRate(globalStep);
  const isLogged = globalStep === 0 || (globalStep + 1) % state.loggedSteps === 0;
  const entry = state.entryOf({count: optimizerSteps, isLogged});
  const outputs = program.run(entry, {batch, learningRate, key, step: globalStep});
  if (isLogged) recorder.scalars(globalStep + 1, {loss: outputs.number('loss'), grad_norm: outputs.number('gradNorm')});
  return {outputs, learningRate};
}
