import {z} from 'zod';
import {full, type Tensor, type Tree, zipTrees} from '../contract/index.js';
import {tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {chain} from './chain.js';
import * as checks from './checks.js';
import {beta2, oneMinusBeta1, weightDecay} from './hyperparameters.js';
import {changeLeaves} from './leaves.js';
import {type Mask, maskOption} from './masked.js';
import {namedOptimizer} from './named-optimizer.js';
import {correctRmsBias, scaleByRms} from './scale-by-rms.js';
import {addDecayedWeights, scaleByLearningRate} from './stateless.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `scheduleFree`. */
export interface ScheduleFreeOptions {
  /** Share of the average `x` in the parameters that are trained, in (0, 1). */
  readonly b1: number;
  /** What a step weighs in the average: the square of its learning rate, or of the largest rate so far (optax); default `rate`. */
  readonly weightedBy?: 'rate' | 'largestRate';
}

const b1 = z.number().gt(0).lt(1);

const scheduleFreeOptions = z.strictObject({
  base: checks.transformation,
  b1,
  weightedBy: z.enum(['rate', 'largestRate']).default('rate'),
});

/** A forward pass more at every third step: as version 2 of the entry of AlgoPerf's leaderboard. */
const BATCH_STATISTICS_STEPS = 3;

/** Of a smaller sum of weights each is next to 0 as well. */
const LEAST_TOTAL = 1e-30;

type State = {weightSum: Tensor; largestRate: Tensor; z: Tree<Tensor>} & {readonly [name: string]: Tree<Tensor>};

/**
 * Averages in place of a schedule. The parameters that are trained, `y`, lie between those that the base optimizer moves, `z`, and
 * their average `x`, which is evaluated:
 *     z += u(y),   c = w / sum of all w,   x = (1 - c) x + c z,   y = b1 x + (1 - b1) z
 * with a weight `w` of each step. Batch statistics are those at `x`: every third step moves them. Its state is `{weightSum, largestRate, z}` beside that of the base. As `optax.contrib.schedule_free`.
 * @param base - gives updates with the learning rate in them, and has no momentum of its own
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/2405.15682 | Defazio et al. 2024}
 */
export function scheduleFree(base: GradientTransformation, options: ScheduleFreeOptions): GradientTransformation {
  const {b1, weightedBy} = checkedOptions('scheduleFree', scheduleFreeOptions, {...options, base});
  return {
    ...(base.isLongStep && {isLongStep: base.isLongStep}),
    batchStatisticsSteps: BATCH_STATISTICS_STEPS,
    resets: {...base.resets, weightSum: 'init', largestRate: 'init', z: 'init'},
    init: (params, paramTypes) => ({
      ...base.init(params, paramTypes),
      weightSum: full([], 0),
      largestRate: full([], 0),
      z: params,
    }),
    update(gradients, state, params, context) {
      const {weightSum, largestRate: largestBefore, z, ...ofBase} = state as State;
      const largestRate = tf.maximum(largestBefore, context.learningRate);
      const weight = tf.square(weightedBy === 'rate' ? context.learningRate : largestRate);
      const total = tf.add(weightSum, weight);
      // The share of z in x: 0 as long as every rate was 0.
      const share = tf.div(weight, tf.maximum(total, LEAST_TOTAL));
      const moved = base.update(gradients, ofBase, params, context);
      const ofMove = tf.sub(1, tf.mul(tf.sub(1, share), b1));
      const next = changeLeaves({move: moved.updates, y: params, z}, ['update', 'z'], ({move, y, z}) => ({
        update: tf.add(tf.mul(tf.sub(z, y), share), tf.mul(move, ofMove)),
        z: tf.add(z, move),
      }));
      return {updates: next.update, state: {...(moved.state as object), weightSum: total, largestRate, z: next.z}};
    },
    evalParams: (state, params) =>
      zipTrees<Tensor, Tensor, Tensor>(params, (state as State).z, (y, z) => tf.add(z, tf.div(tf.sub(y, z), b1))),
  };
}

/** The constants of `scheduleFreeAdamw`. */
export interface ScheduleFreeAdamwOptions {
  /** Share of the average in the parameters that are trained, in (0, 1). */
  readonly b1: number;
  /** Decay of the second moment, in [0, 1). */
  readonly b2: number;
  /** Added to the root of the second moment, above 0; default 1e-8. */
  readonly eps?: number;
  /** Decoupled weight decay, at least 0. */
  readonly weightDecay: number;
  /** The parameters that decay; default all. */
  readonly mask?: Mask;
}

const scheduleFreeAdamwOptions = z.strictObject({
  b1,
  b2: checks.decay,
  eps: checks.positive.default(1e-8),
  weightDecay: checks.weightDecay,
  mask: maskOption.optional(),
});

/**
 * Schedule-free AdamW as version 2 of the entry of AlgoPerf's leaderboard: under `scheduleFree`, which weighs each step by the square
 * of its rate,
 *     nu = b2 nu + (1 - b2) g^2,   z -= learningRate * sqrt(1 - b2^t) * (g / (sqrt(nu) + eps) + weightDecay * y)
 * The learning rate is warmed up and then constant.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/2405.15682 | Defazio et al. 2024}
 */
export function scheduleFreeAdamw(options: ScheduleFreeAdamwOptions): GradientTransformation {
  const {b1, b2, eps, weightDecay, mask} = checkedOptions('scheduleFreeAdamw', scheduleFreeAdamwOptions, options);
  const base = chain(
    scaleByRms({decay: b2, eps}),
    addDecayedWeights(weightDecay, mask),
    correctRmsBias({decay: b2}),
    scaleByLearningRate(),
  );
  return scheduleFree(base, {b1});
}

/** `schedule_free_adamw` as a config names it. */
export const namedScheduleFreeAdamw = namedOptimizer({
  hyperparameters: z.object({one_minus_beta1: oneMinusBeta1, beta2, weight_decay: weightDecay}),
  make: ({oneMinusBeta1, beta2, weightDecay}) => scheduleFreeAdamw({b1: 1 - oneMinusBeta1, b2: beta2, weightDecay}),
  problems: ({oneMinusBeta1}) =>
    oneMinusBeta1 === 1
      ? [{key: 'one_minus_beta1', message: 'must be below 1 for schedule_free_adamw: the average would not be trained'}]
      : [],
});
