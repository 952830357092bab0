import {z} from 'zod';
import {checkedOptions} from '../options/index.js';
import {chain} from './chain.js';
import * as checks from './checks.js';
import {beta2, oneMinusBeta1, weightDecay} from './hyperparameters.js';
import {type Mask, maskOption} from './masked.js';
import {given, namedOptimizer} from './named-optimizer.js';
import {type ScaleBySoapOptions, scaleBySoap, scaleBySoapOptions} from './scale-by-soap.js';
import {addDecayedWeights, scaleByLearningRate} from './stateless.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `soap`. */
export interface SoapOptions extends ScaleBySoapOptions {
  /** Decoupled weight decay, at least 0; times the learning rate it is taken from the parameters. */
  readonly weightDecay: number;
  /** The parameters that decay; default all. */
  readonly mask?: Mask;
}

const soapOptions = scaleBySoapOptions.extend({weightDecay: checks.weightDecay, mask: maskOption.optional()});

/**
 * SOAP with decoupled weight decay: `p -= learningRate * (scaleBySoap(g) + weightDecay * p)`.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/2409.11321 | Vyas et al. 2024}
 */
export function soap(given: SoapOptions): GradientTransformation {
  const {weightDecay, mask, ...options} = checkedOptions('soap', soapOptions, given);
  return chain(scaleBySoap(options), addDecayedWeights(weightDecay, mask), scaleByLearningRate());
}

/** `soap` as a config names it. */
export const namedSoap = namedOptimizer({
  hyperparameters: z.object({
    one_minus_beta1: oneMinusBeta1,
    beta2,
    weight_decay: weightDecay,
    shampoo_beta: z
      .number()
      .min(0)
      .lt(1)
      .optional()
      .describe('For soap: decay of the statistics whose eigenbases are used; beta2 if it is left out'),
    precondition_frequency: z
      .int()
      .min(1)
      .optional()
      .describe('For soap: steps from one computation of the bases to the next; 10 if it is left out'),
    max_precond_dim: z
      .int()
      .min(1)
      .optional()
      .describe('For soap: a longer side of a parameter has no basis; 10000 if it is left out'),
  }),
  make: ({oneMinusBeta1, beta2, weightDecay, shampooBeta, preconditionFrequency, maxPrecondDim}) =>
    soap({
      ...{b1: 1 - oneMinusBeta1, b2: beta2, weightDecay},
      ...given({shampooBeta, preconditionFrequency, maxPrecondDim}),
    }),
});
