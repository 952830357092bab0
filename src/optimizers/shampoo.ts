import {z} from 'zod';
import {full, mapTree, type NdArray, type Tensor, type Tree} from '../contract/index.js';
import {section, tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {average, zerosLike} from './averages.js';
import {chain} from './chain.js';
import {grafted, graftingStep, graftings} from './grafting.js';
import {beta2, oneMinusBeta1, weightDecay} from './hyperparameters.js';
import {leavesInOrderOf, subtreesInOrderOf, treeOfLeaves} from './leaves.js';
import {given, namedOptimizer} from './named-optimizer.js';
import {
  initialMatrices,
  isPreconditioned,
  type Matrices,
  nextPreconditioners,
  nextStatistics,
  preconditioned,
} from './shampoo-blocks.js';
import {type ShampooConstants, type ShampooOptions, shampooOptions} from './shampoo-options.js';
import {scaleByLearningRate} from './stateless.js';
import type {GradientTransformation, StepInputs} from './transformation.js';

interface ShampooState {
  /** Steps done: a float32 scalar. */
  readonly count: Tensor;
  /** For each axis of each block of a parameter the average of the gradients' products, [n, n]. */
  readonly statistics: Tree<Tensor>;
  /** Inverse roots of these. */
  readonly preconditioners: Tree<Tensor>;
  /** Averages of the squares for grafting; `{}` for a method without. */
  readonly diagonalStatistics: Tree<Tensor>;
  /** Momentum of the method grafted from. */
  readonly diagonalMomentum: Tree<Tensor>;
  /** Momentum of the preconditioned steps. */
  readonly momentum: Tree<Tensor>;
}

/**
 * Shampoo by blocks, with grafting. For a block G with k axes, `L_i` [n_i, n_i] for each of them:
 *     L_i = b2 L_i + (1 - b2) G_i G_iT,   P_i = (L_i + matrixEpsilon * lambda_max I)^(-1 / (2 k)),
 *     u = G times P_i along each axis, the whole parameter's at the length of the grafted step,
 *     m = b1 m + (1 - b1) (u + weightDecay p),
 *     p -= learningRate * (nesterov ? (1 - b1) (u + weightDecay p) + b1 m : m)
 * G_i being G as a matrix whose rows lie along axis i. The P_i are computed every `preconditioningComputeSteps` steps, which are long
 * ones; up to `startPreconditioningStep` the grafted step is taken, with a momentum of its own.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/2002.09018 | Anil et al. 2020}; AlgoPerf's Distributed Shampoo
 */
export function shampoo(own: ShampooOptions): GradientTransformation {
  const options = checkedOptions('shampoo', shampooOptions, own);
  const {preconditioningComputeSteps: every} = options;
  const direction: GradientTransformation = {
    resets: {
      count: 'keep',
      statistics: 'scale',
      preconditioners: 'keep',
      diagonalStatistics: 'scale',
      diagonalMomentum: 'scale',
      momentum: 'scale',
    },
    init: (params) => initialState(params, options),
    isLongStep: (count) => count % every === 0,
    update: (gradients, state, params, {isLongStep = false}) =>
      section(() => direct({gradients, state, params}, isLongStep, options)),
  };
  return chain(direction, scaleByLearningRate());
}

function initialState(params: Tree<NdArray>, options: ShampooConstants) {
  const moments = zerosLike(params);
  const matrices = (value: number) =>
    mapTree<NdArray, NdArray>(params, ({shape}) => initialMatrices(shape, value, options) as never);
  return {
    count: full([], 0),
    statistics: matrices(options.matrixEpsilon),
    preconditioners: matrices(1),
    diagonalStatistics: options.grafting === 'sgd' ? {} : moments,
    diagonalMomentum: moments,
    momentum: moments,
  };
}

/** A parameter with all that is kept for it. */
interface Parameter {
  readonly param: Tensor;
  readonly gradient: Tensor;
  readonly statistics: Matrices<Tensor>;
  readonly preconditioners: Matrices<Tensor>;
  readonly diagonalStatistics: Tensor | undefined;
  readonly diagonalMomentum: Tensor;
  readonly momentum: Tensor;
}

function direct({gradients, state, params}: StepInputs, isLongStep: boolean, options: ShampooConstants) {
  const old = state as unknown as ShampooState;
  const parameters = parametersOf(gradients, old, params, options);
  const preconditioners = isLongStep
    ? nextPreconditioners(
        parameters.map(({gradient, ...kept}) => ({...kept, shape: gradient.shape})),
        {...options, ridge: options.matrixEpsilon},
      )
    : parameters.map((parameter) => parameter.preconditioners);
  const isStarted = tf.cast(tf.greaterEqual(old.count, options.startPreconditioningStep), 'float32');
  const next = parameters.map((parameter, i) =>
    section(() => ofParameter({...parameter, preconditioners: preconditioners[i]!}, isStarted, options)),
  );
  const treeOf = (leaves: readonly Tree<Tensor>[]) => treeOfLeaves(gradients, leaves);
  return {
    updates: treeOf(next.map(({update}) => update)),
    state: {
      count: tf.add(old.count, 1),
      statistics: treeOf(parameters.map(({statistics}) => statistics)),
      preconditioners: treeOf(preconditioners),
      diagonalStatistics: options.grafting === 'sgd' ? {} : treeOf(next.map(({squares}) => squares!)),
      diagonalMomentum: treeOf(next.map(({diagonalMomentum}) => diagonalMomentum)),
      momentum: treeOf(next.map(({momentum}) => momentum)),
    },
  };
}

/** The parameters with their statistics as they are after this step's gradients. */
function parametersOf(
  gradients: Tree<Tensor>,
  old: ShampooState,
  params: Tree<Tensor>,
  options: ShampooConstants,
): Parameter[] {
  const leaves = (tree: Tree<Tensor>) => leavesInOrderOf(gradients, tree);
  const matrices = (tree: Tree<Tensor>) => subtreesInOrderOf(gradients, tree) as Matrices<Tensor>[];
  const [values, momenta, diagonalMomenta] = [leaves(params), leaves(old.momentum), leaves(old.diagonalMomentum)];
  const squares = options.grafting === 'sgd' ? [] : leaves(old.diagonalStatistics);
  const [statistics, preconditioners] = [matrices(old.statistics), matrices(old.preconditioners)];
  return leaves(gradients).map((gradient, i) => ({
    param: values[i]!,
    gradient,
    statistics: isPreconditioned(gradient.shape, options) ? nextStatistics(statistics[i]!, gradient, options) : {},
    preconditioners: preconditioners[i]!,
    diagonalStatistics: squares[i],
    diagonalMomentum: diagonalMomenta[i]!,
    momentum: momenta[i]!,
  }));
}

function ofParameter(parameter: Parameter, isStarted: Tensor, options: ShampooConstants) {
  const {param, gradient, preconditioners} = parameter;
  const {b1, weightDecay, nesterov} = options;
  const {step, squares} = graftingStep(gradient, parameter.diagonalStatistics, options);
  const direction = isPreconditioned(gradient.shape, options)
    ? grafted(preconditioned(gradient, preconditioners, options), step)
    : step;
  const withDecay = (update: Tensor): Tensor =>
    weightDecay === 0 ? update : tf.add(update, tf.mul(param, weightDecay));
  const [decayed, decayedStep] = [withDecay(direction), withDecay(step)];
  const momentum = average(parameter.momentum, decayed, b1);
  const diagonalMomentum = average(parameter.diagonalMomentum, decayedStep, b1);
  const chosen = (after: Tensor, before: Tensor): Tensor =>
    tf.add(tf.mul(after, isStarted), tf.mul(before, tf.sub(1, isStarted)));
  const current = chosen(momentum, diagonalMomentum);
  const update = nesterov ? average(current, chosen(decayed, decayedStep), b1) : current;
  return {update, momentum, diagonalMomentum, ...(squares && {squares})};
}

/** `shampoo` as a config names it. */
export const namedShampoo = namedOptimizer({
  hyperparameters: z.object({
    one_minus_beta1: oneMinusBeta1,
    beta2,
    weight_decay: weightDecay,
    matrix_epsilon: z
      .number()
      .gt(0)
      .optional()
      .describe("For shampoo: share of a matrix's largest eigenvalue that is added to all; 1e-6 if it is left out"),
    block_size: z
      .int()
      .min(1)
      .optional()
      .describe('For shampoo: the longest side of a block that is preconditioned; 1024 if it is left out'),
    merge_small_dims_block_size: z
      .int()
      .min(1)
      .optional()
      .describe('For shampoo: neighbouring dimensions are made one up to this length; 4096 if it is left out'),
    start_preconditioning_step: z
      .int()
      .min(0)
      .optional()
      .describe('For shampoo: steps before it are those that it is grafted on; 101 if it is left out'),
    preconditioning_compute_steps: z
      .int()
      .min(1)
      .optional()
      .describe('For shampoo: steps from one computation of preconditioners to the next; 20 if it is left out'),
    grafting: z
      .enum(graftings)
      .optional()
      .describe("For shampoo: what gives the length of a parameter's step; rmsprop_normalized if it is left out"),
  }),
  make({oneMinusBeta1, beta2, weightDecay, ...others}) {
    const {matrixEpsilon, blockSize, mergeSmallDimsBlockSize, grafting} = others;
    const {startPreconditioningStep, preconditioningComputeSteps} = others;
    return shampoo({
      ...{b1: 1 - oneMinusBeta1, b2: beta2, weightDecay},
      ...given({matrixEpsilon, blockSize, mergeSmallDimsBlockSize, grafting}),
      ...given({startPreconditioningStep, preconditioningComputeSteps}),
    });
  },
});
