import {z} from 'zod';
import {checkedOptions} from '../options/index.js';
import {chain} from './chain.js';
import * as checks from './checks.js';
import {beta2, oneMinusBeta1, weightDecay} from './hyperparameters.js';
import {type Mask, maskOption} from './masked.js';
import {namedOptimizer} from './named-optimizer.js';
import {type ScaleByAdamOptions, scaleByAdam, scaleByAdamOptions} from './scale-by-adam.js';
import {addDecayedWeights, scaleByLearningRate} from './stateless.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `adamw` and `nadamw`. */
export interface AdamwOptions extends Omit<ScaleByAdamOptions, 'nesterov'> {
  /** Decoupled weight decay, at least 0; times the learning rate it is taken from the parameters. */
  readonly weightDecay: number;
  /** The parameters that decay; default all. */
  readonly mask?: Mask;
}

/** The same as a schema. */
export const adamwOptions = scaleByAdamOptions
  .omit({nesterov: true})
  .extend({weightDecay: checks.weightDecay, mask: maskOption.optional()});

/**
 * Adam with decoupled weight decay, `t` counted from 1:
 *     mu = b1 mu + (1 - b1) g,   nu = b2 nu + (1 - b2) g^2,
 *     p -= learningRate * ((mu / (1 - b1^t)) / (sqrt(nu / (1 - b2^t)) + eps) + weightDecay * p)
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/1711.05101 | Loshchilov & Hutter 2019}; same values as `optax.adamw`
 */
export function adamw(given: AdamwOptions): GradientTransformation {
  const {weightDecay, mask, ...options} = checkedOptions('adamw', adamwOptions, given);
  return chain(scaleByAdam(options), addDecayedWeights(weightDecay, mask), scaleByLearningRate());
}

/**
 * AdamW with Nesterov momentum: the first moment is averaged with the gradient once more, `b1 mu + (1 - b1) g`, before its
 * bias is corrected by `1 - b1^t`. As AlgoPerf's NAdamW.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ | Dozat 2016}
 */
export function nadamw(given: AdamwOptions): GradientTransformation {
  const {weightDecay, mask, ...options} = checkedOptions('nadamw', adamwOptions, given);
  return chain(scaleByAdam({...options, nesterov: true}), addDecayedWeights(weightDecay, mask), scaleByLearningRate());
}

const keys = z.object({one_minus_beta1: oneMinusBeta1, beta2, weight_decay: weightDecay});

function optionsOf({oneMinusBeta1, beta2, weightDecay}: {oneMinusBeta1: number; beta2: number; weightDecay: number}) {
  return {b1: 1 - oneMinusBeta1, b2: beta2, weightDecay};
}

/** `adamw` as a config names it. */
export const namedAdamw = namedOptimizer({hyperparameters: keys, make: (given) => adamw(optionsOf(given))});

/** `nadamw` as a config names it. */
export const namedNadamw = namedOptimizer({hyperparameters: keys, make: (given) => nadamw(optionsOf(given))});
