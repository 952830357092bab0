import {z} from 'zod';
import {type Entry, leavesOf, type ParameterType, type Tensor, type Tree, type Workload} from '../contract/index.js';
import {clipByGlobalNorm, globalNorm, lossAndGradients, section, tf} from '../engine/index.js';
import {type GradientTransformation, takeStep} from '../optimizers/index.js';
import {checkedOptions, objectOption} from '../options/index.js';
import {camelCase} from '../support/index.js';

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
  /**
   * What moves the model's batch statistics: the pass that gives the gradients (`trained`), a forward pass more at the optimizer's
   * `evalParams` (`evaluated`), or nothing (`none`); default `trained`.
   */
  readonly batchStatistics?: 'trained' | 'evaluated' | 'none';
}

const gradientStepsOptions = z.strictObject({
  workload: objectOption<GradientStepOptions['workload']>('a workload'),
  optimizer: objectOption<GradientTransformation>('a gradient transformation'),
  dropoutRate: z.number().min(0).lt(1).default(0),
  labelSmoothing: z.number().min(0).lt(1).default(0),
  gradClip: z.number().gt(0).optional(),
});

const gradientStepOptions = gradientStepsOptions.extend({
  withGradNorm: z.boolean().default(false),
  isLongStep: z.boolean().default(false),
  batchStatistics: z.enum(['trained', 'evaluated', 'none']).default('trained'),
});

/** @throws RangeError naming the input that a step was called without */
function requireInputs(inputs: {readonly [name: string]: unknown}): void {
  const missing = ['batch', 'learningRate'].find((name) => inputs[name] === undefined);
  if (missing === undefined) return;
  const given = Object.keys(inputs).join(', ') || 'none';
  throw new RangeError(
    `gradientStep: its entry needs the inputs batch and learningRate; there is no ${missing}, given: ${given}`,
  );
}

/**
 * One training step as a program's entry: inputs `batch`, `learningRate`, `key` and, for optimizers that look at it, `step`; outputs
 * `loss` (mean over the batch's valid examples) and, where asked for, `gradNorm`.
 * @throws RangeError naming options that are missing, wrong or unknown; its entry, naming an input that it was called without
 */
export function gradientStep(options: GradientStepOptions): Entry {
  const {workload, optimizer, dropoutRate, labelSmoothing, gradClip, withGradNorm, isLongStep, batchStatistics} =
    checkedOptions('gradientStep', gradientStepOptions, options);
  const clipped = (gradients: Tree<Tensor>): Tree<Tensor> =>
    gradClip === undefined ? gradients : clipByGlobalNorm(gradients, gradClip);
  return ({params, modelState, optimizer: state}, inputs) => {
    requireInputs(inputs);
    const {batch, learningRate, key, step} = inputs;
    const backward = (at: Tree<Tensor>, updateBatchNorm: boolean) =>
      lossAndGradients((current: Tree<Tensor>) => {
        const call = {mode: 'train', key, dropoutRate, updateBatchNorm} as const;
        const model = workload.modelFn(current, batch, modelState, call);
        const {summed, nValidExamples} = workload.lossFn({logits: model.logits, batch, labelSmoothing});
        return {loss: tf.div(summed, nValidExamples), aux: model.modelState};
      }, at);
    const {loss, aux, gradients} = backward(params, batchStatistics === 'trained');
    const statisticsAt = (other: Tree<Tensor>): Tree<Tensor> => {
      const call = {mode: 'train', key, dropoutRate, updateBatchNorm: true} as const;
      return section(() => workload.modelFn(other, batch, modelState, call).modelState as object) as Tree<Tensor>;
    };
    const gradientsAt = (other: Tree<Tensor>): Tree<Tensor> => clipped(backward(other, false).gradients);
    const context = {learningRate, step, paramTypes: workload.paramTypes, gradientsAt, isLongStep};
    const updated = takeStep(optimizer, {gradients: clipped(gradients), state, params}, context);
    const evaluated =
      batchStatistics === 'evaluated' ? optimizer.evalParams?.(state, params, workload.paramTypes) : undefined;
    return {
      state: {params: updated.params, modelState: evaluated ? statisticsAt(evaluated) : aux, optimizer: updated.state},
      outputs: withGradNorm ? {loss, gradNorm: globalNorm(gradients)} : {loss},
    };
  };
}

/** What selects the entry of a step. */
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

/** What tells the entries of a training algorithm apart. */
interface EntryKind {
  readonly isLogged: boolean;
  readonly isLong: boolean;
  readonly movesStatistics: boolean;
}

const KINDS: readonly EntryKind[] = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({
  isLogged: (bits & 1) > 0,
  isLong: (bits & 2) > 0,
  movesStatistics: (bits & 4) > 0,
}));

/** `step`, `loggedStep`, `loggedLongStep` */
function nameOf({isLogged, isLong, movesStatistics}: EntryKind): string {
  const words = [isLogged && 'logged', isLong && 'long', movesStatistics && 'statistics', 'step'].filter(Boolean);
  return camelCase(words.join('_'));
}

const NAMES = KINDS.map(nameOf);

/**
 * Entries for all kinds of steps: plain ones, those with the gradients' norm, and both of them for an optimizer's long steps, and for
 * those that move the batch statistics of a model that has some, where not all do.
 * @throws RangeError naming options that are missing, wrong or unknown
 */
export function gradientSteps(
  options: Omit<GradientStepOptions, 'withGradNorm' | 'isLongStep' | 'batchStatistics'>,
): GradientSteps {
  const {optimizer, workload} = checkedOptions('gradientSteps', gradientStepsOptions, options);
  const {isLongStep, evalParams} = optimizer;
  const every = evalParams && hasBatchNorm(workload.paramTypes) ? optimizer.batchStatisticsSteps : undefined;
  const kinds = KINDS.filter((kind) => (isLongStep || !kind.isLong) && (every || !kind.movesStatistics));
  const entryFor = ({isLogged, isLong, movesStatistics}: EntryKind): Entry => {
    const batchStatistics = every === undefined ? 'trained' : movesStatistics ? 'evaluated' : 'none';
    return gradientStep({...options, withGradNorm: isLogged, isLongStep: isLong, batchStatistics});
  };
  return {
    entries: Object.fromEntries(kinds.map((kind) => [nameOf(kind), entryFor(kind)])),
    entryOf({count, isLogged}) {
      const long = isLongStep?.(count) ? 2 : 0;
      const statistics = every !== undefined && count % every === 0 ? 4 : 0;
      return NAMES[(isLogged ? 1 : 0) + long + statistics]!;
    },
  };
}

function hasBatchNorm(paramTypes: Tree<ParameterType>): boolean {
  return leavesOf<ParameterType>(paramTypes).some(({value}) => value.startsWith('batch_norm'));
}
