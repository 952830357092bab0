import {z} from 'zod';
import {checkedOptions} from '../options/index.js';
import {type AdamwOptions, adamwOptions} from './adamw.js';
import {chain} from './chain.js';
import {beta2, oneMinusBeta1, weightDecay} from './hyperparameters.js';
import {namedOptimizer} from './named-optimizer.js';
import {scaleByAdam} from './scale-by-adam.js';
import {scaleByTrustRatio} from './scale-by-trust-ratio.js';
import {addDecayedWeights, scaleByLearningRate} from './stateless.js';
import type {GradientTransformation} from './transformation.js';

/**
 * LAMB: AdamW whose update of each parameter has the parameter's size:
 *     u = (mu / (1 - b1^t)) / (sqrt(nu / (1 - b2^t)) + eps) + weightDecay * p,   p -= learningRate * u * |p| / |u|
 * Where a norm is 0 the update stays as it is.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/1904.00962 | You et al. 2020}; same values as `optax.lamb` with `eps=1e-8`, AlgoPerf's
 */
export function lamb(given: AdamwOptions): GradientTransformation {
  const {weightDecay, mask, ...options} = checkedOptions('lamb', adamwOptions, given);
  return chain(scaleByAdam(options), addDecayedWeights(weightDecay, mask), scaleByTrustRatio(), scaleByLearningRate());
}

/** `lamb` as a config names it. */
export const namedLamb = namedOptimizer({
  hyperparameters: z.object({one_minus_beta1: oneMinusBeta1, beta2, weight_decay: weightDecay}),
  make: ({oneMinusBeta1, beta2, weightDecay}) => lamb({b1: 1 - oneMinusBeta1, b2: beta2, weightDecay}),
});
