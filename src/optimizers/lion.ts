import {z} from 'zod';
import {checkedOptions} from '../options/index.js';
import {chain} from './chain.js';
import * as checks from './checks.js';
import {beta2, oneMinusBeta1, weightDecay} from './hyperparameters.js';
import {type Mask, maskOption} from './masked.js';
import {namedOptimizer} from './named-optimizer.js';
import {type ScaleByLionOptions, scaleByLion, scaleByLionOptions} from './scale-by-lion.js';
import {addDecayedWeights, scaleByLearningRate} from './stateless.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `lion`. */
export interface LionOptions extends ScaleByLionOptions {
  /** Decoupled weight decay, at least 0; times the learning rate it is taken from the parameters. */
  readonly weightDecay: number;
  /** The parameters that decay; default all. */
  readonly mask?: Mask;
}

const lionOptions = scaleByLionOptions.extend({weightDecay: checks.weightDecay, mask: maskOption.optional()});

/**
 * Lion: steps of one size, in the direction of a momentum's sign:
 *     p -= learningRate * (sign(b1 mu + (1 - b1) g) + weightDecay * p),   mu = b2 mu + (1 - b2) g
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/2302.06675 | Chen et al. 2023}; same values as `optax.lion`
 */
export function lion(given: LionOptions): GradientTransformation {
  const {weightDecay, mask, ...options} = checkedOptions('lion', lionOptions, given);
  return chain(scaleByLion(options), addDecayedWeights(weightDecay, mask), scaleByLearningRate());
}

/** `lion` as a config names it. */
export const namedLion = namedOptimizer({
  hyperparameters: z.object({one_minus_beta1: oneMinusBeta1, beta2, weight_decay: weightDecay}),
  make: ({oneMinusBeta1, beta2, weightDecay}) => lion({b1: 1 - oneMinusBeta1, b2: beta2, weightDecay}),
});
