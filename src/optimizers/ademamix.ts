import {z} from 'zod';
import {checkedOptions} from '../options/index.js';
import {chain} from './chain.js';
import * as checks from './checks.js';
import {beta2, oneMinusBeta1, weightDecay} from './hyperparameters.js';
import {type Mask, maskOption} from './masked.js';
import {namedOptimizer} from './named-optimizer.js';
import {type ScaleByAdemamixOptions, scaleByAdemamix, scaleByAdemamixOptions} from './scale-by-ademamix.js';
import {addDecayedWeights, scaleByLearningRate} from './stateless.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `ademamix`. */
export interface AdemamixOptions extends ScaleByAdemamixOptions {
  /** Decoupled weight decay, at least 0; times the learning rate it is taken from the parameters. */
  readonly weightDecay: number;
  /** The parameters that decay; default all. */
  readonly mask?: Mask;
}

const ademamixOptions = scaleByAdemamixOptions.extend({
  weightDecay: checks.weightDecay,
  mask: maskOption.optional(),
});

/**
 * AdamW with a second, slow first moment: `scaleByAdemamix` with decoupled weight decay.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/2409.03137 | Pagliardini et al. 2024}; same values as `optax.contrib.ademamix`
 */
export function ademamix(given: AdemamixOptions): GradientTransformation {
  const {weightDecay, mask, ...options} = checkedOptions('ademamix', ademamixOptions, given);
  return chain(scaleByAdemamix(options), addDecayedWeights(weightDecay, mask), scaleByLearningRate());
}

/** `ademamix` as a config names it. */
export const namedAdemamix = namedOptimizer({
  hyperparameters: z.object({
    one_minus_beta1: oneMinusBeta1,
    beta2,
    beta3: z
      .number()
      .min(0)
      .lt(1)
      .describe('For ademamix: decay of the slow first moment; at least 1 - one_minus_beta1'),
    alpha: z.number().min(0).describe('For ademamix: weight of the slow first moment'),
    alpha_warmup_steps: z
      .int()
      .min(0)
      .optional()
      .describe('For ademamix: steps in which alpha grows from 0, and beta3 from the first decay; 0 if it is left out'),
    weight_decay: weightDecay,
  }),
  make: ({oneMinusBeta1, beta2, beta3, alpha, alphaWarmupSteps = 0, weightDecay}) =>
    ademamix({b1: 1 - oneMinusBeta1, b2: beta2, b3: beta3, alpha, warmupSteps: alphaWarmupSteps, weightDecay}),
  problems: ({oneMinusBeta1 = 1, beta3 = 1}) =>
    beta3 >= 1 - oneMinusBeta1
      ? []
      : [{key: 'beta3', message: `must be at least 1 - one_minus_beta1, which is ${1 - oneMinusBeta1}`}],
});
