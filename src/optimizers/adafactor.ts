import {z} from 'zod';
import {mapTree, type Tensor, type Tree, zipTrees} from '../contract/index.js';
import {section, tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {average, zerosLike} from './averages.js';
import {chain} from './chain.js';
import * as checks from './checks.js';
import {oneMinusBeta1, weightDecay} from './hyperparameters.js';
import {type Mask, maskOption} from './masked.js';
import {namedOptimizer} from './named-optimizer.js';
import {scaleByFactoredRms} from './scale-by-factored-rms.js';
import {scaleByLearningRate, subtractDecayedWeights} from './stateless.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `adafactor`. */
export interface AdafactorOptions {
  /** Decay of the average of updates, in [0, 1). */
  readonly b1: number;
  /** Decay of the second moments, in [0, 1); default 0.99. */
  readonly b2?: number;
  /** Decoupled weight decay, at least 0; times the learning rate it is taken from the parameters. */
  readonly weightDecay: number;
  /** The parameters that decay; default all. */
  readonly mask?: Mask;
}

const adafactorOptions = z.strictObject({
  b1: checks.decay,
  b2: checks.decay.default(0.99),
  weightDecay: checks.weightDecay,
  mask: maskOption.optional(),
});

/**
 * Adafactor as AlgoPerf's baseline: `u` of `scaleByFactoredRms`, of a root mean square of at most 1, times the learning rate, and of
 * that a moving average:
 *     m = b1 m + (1 - b1) learningRate * u / max(1, rms(u)),   p -= m + learningRate * weightDecay * p
 * The average is kept in float32 (AlgoPerf's JAX version rounds it to 8 bits).
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/1804.04235 | Shazeer & Stern 2018}; a chain of the same links in optax has the same values
 */
export function adafactor(options: AdafactorOptions): GradientTransformation {
  const {b1, b2, weightDecay, mask} = checkedOptions('adafactor', adafactorOptions, options);
  return chain(
    scaleByFactoredRms({b2}),
    clipByBlockRms(1),
    scaleByLearningRate(),
    ema({decay: b1}),
    subtractDecayedWeights(weightDecay, mask),
  );
}

const clipOptions = z.strictObject({threshold: checks.positive});

/**
 * Makes updates smaller whose root mean square is above a threshold, parameter by parameter: `u / max(1, rms(u) / threshold)`. Keeps
 * nothing. As `optax.clip_by_block_rms`.
 * @param threshold - above 0
 * @throws RangeError with the value it got
 */
export function clipByBlockRms(threshold: number): GradientTransformation {
  checkedOptions('clipByBlockRms', clipOptions, {threshold});
  const clipped = (update: Tensor): Tensor => {
    const rms = tf.sqrt(tf.mean(tf.square(update)));
    return tf.div(update, tf.maximum(tf.div(rms, threshold), 1));
  };
  return {
    init: () => ({}),
    resets: {},
    update: (updates, state) => ({
      updates: mapTree<Tensor, Tensor>(updates, (update) => section(() => clipped(update))),
      state,
    }),
  };
}

const emaOptions = z.strictObject({decay: checks.decay});

/**
 * Follows a moving average of the updates, begun at 0 and not corrected for that: `ema = decay ema + (1 - decay) u`. Its state is
 * `{ema}`. As `optax.ema` with `debias=False`.
 * @param options.decay - in [0, 1)
 * @throws RangeError with the value it got
 */
export function ema(options: {readonly decay: number}): GradientTransformation {
  const {decay} = checkedOptions('ema', emaOptions, options);
  return {
    resets: {ema: 'scale'},
    init: (params) => ({ema: zerosLike(params)}),
    update(updates, state) {
      const {ema} = state as {ema: Tree<Tensor>};
      const next = zipTrees<Tensor, Tensor, Tensor>(updates, ema, (update, old) => average(old, update, decay));
      return {updates: next, state: {ema: next}};
    },
  };
}

/** `adafactor` as a config names it. */
export const namedAdafactor = namedOptimizer({
  hyperparameters: z.object({one_minus_beta1: oneMinusBeta1, weight_decay: weightDecay}),
  make: ({oneMinusBeta1, weightDecay}) => adafactor({b1: 1 - oneMinusBeta1, weightDecay}),
});
