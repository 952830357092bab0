import {chain} from './chain.js';
import type {Mask} from './masked.js';
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

/**
 * Stochastic gradient descent with momentum:
 *     g += weightDecay * p,   trace = momentum * trace + g,
 *     p -= learningRate * (nesterov ? g + momentum * trace : trace)
 * Its state is `{trace}`, or `{}` without momentum.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://proceedings.mlr.press/v28/sutskever13.html | Sutskever et al. 2013}; same values as `optax.sgd` after
 * `optax.add_decayed_weights`
 */
export function sgd({momentum = 0, nesterov = false, weightDecay, mask}: SgdOptions): GradientTransformation {
  if (!(momentum >= 0 && momentum < 1)) throw new RangeError(`momentum must be in [0, 1), got ${momentum}`);
  if (nesterov && momentum === 0) throw new RangeError('nesterov must be false where momentum is 0, got true');
  const following = momentum === 0 ? [] : [trace({decay: momentum, nesterov})];
  return chain(addDecayedWeights(weightDecay, mask), ...following, scaleByLearningRate());
}
