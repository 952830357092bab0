import {z} from 'zod';
import {checkedOptions} from '../options/index.js';
import {chain} from './chain.js';
import * as checks from './checks.js';
import {oneMinusBeta1, weightDecay} from './hyperparameters.js';
import {isKernel, type Mask, maskOption} from './masked.js';
import {namedOptimizer} from './named-optimizer.js';
import {addDecayedWeights, scaleByLearningRate} from './stateless.js';
import {trace} from './trace.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `sgd`. */
export interface SgdOptions {
  /** Decay of the gradients' running sum, in [0, 1); default 0: the gradient itself is followed, and nothing is kept. */
  readonly momentum?: number;
  /** Whether the step looks ahead by one more decay of the sum; default false. */
  readonly nesterov?: boolean;
  /** L2 penalty, at least 0: so much of every parameter is added to its gradient, before the momentum. */
  readonly weightDecay: number;
  /** The parameters that the penalty is on; default all. */
  readonly mask?: Mask;
}

const sgdOptions = z.strictObject({
  momentum: checks.decay.default(0),
  nesterov: z.boolean().default(false),
  weightDecay: checks.weightDecay,
  mask: maskOption.optional(),
});

/**
 * Stochastic gradient descent with momentum:
 *     g += weightDecay * p,   trace = momentum * trace + g,
 *     p -= learningRate * (nesterov ? g + momentum * trace : trace)
 * Its state is `{trace}`, or `{}` without momentum.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://proceedings.mlr.press/v28/sutskever13.html | Sutskever et al. 2013}; same values as `optax.sgd` after
 * `optax.add_decayed_weights`
 */
export function sgd(options: SgdOptions): GradientTransformation {
  const {momentum, nesterov, weightDecay, mask} = checkedOptions('sgd', sgdOptions, options);
  if (nesterov && momentum === 0) throw new RangeError('sgd: nesterov must be false where momentum is 0, got true');
  const following = momentum === 0 ? [] : [trace({decay: momentum, nesterov})];
  return chain(addDecayedWeights(weightDecay, mask), ...following, scaleByLearningRate());
}

/** `sgd` as a config names it. */
export const namedSgd = namedOptimizer({
  hyperparameters: z.object({
    one_minus_beta1: oneMinusBeta1,
    nesterov: z.boolean().optional().describe("For sgd: Nesterov's momentum; false if it is left out"),
    weight_decay: weightDecay,
    decays_kernels_only: z
      .boolean()
      .optional()
      .describe('For sgd: no weight decay of biases and scales; false if it is left out'),
  }),
  make: ({oneMinusBeta1, nesterov = false, weightDecay, decaysKernelsOnly = false}) =>
    sgd({momentum: 1 - oneMinusBeta1, nesterov, weightDecay, ...(decaysKernelsOnly && {mask: isKernel})}),
  problems: ({nesterov, oneMinusBeta1}) =>
    nesterov && oneMinusBeta1 === 1
      ? [{key: 'nesterov', message: 'needs momentum, but one_minus_beta1 is 1: 1 minus the momentum'}]
      : [],
});
