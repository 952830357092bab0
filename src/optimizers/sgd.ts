import {mapTree, type NdArray, type Tensor, type Tree, zeros, zipTrees} from '../contract/index.js';
import {tf} from '../engine/index.js';
import {requireFinite} from '../support/index.js';
import type {Optimizer} from './optimizer.js';

/** The constants of `sgd`. */
export interface SgdOptions {
  /** Decay of the gradients' running sum, in [0, 1); default 0: the gradient itself is followed, and nothing is kept. */
  readonly momentum?: number;
  /** Whether the step looks ahead by one more decay of the sum; default false. */
  readonly nesterov?: boolean;
  /** L2 penalty, at least 0: so much of every parameter is added to its gradient, before the momentum. */
  readonly weightDecay: number;
  /** Whether the penalty leaves out parameters of rank 1 and below: biases, scales; default false. */
  readonly decaysKernelsOnly?: boolean;
}

/**
 * Stochastic gradient descent with momentum:
 *     g += weightDecay * p,   trace = momentum * trace + g,
 *     p -= rate * (nesterov ? g + momentum * trace : trace)
 * Its state is `{trace}`, or `{}` without momentum.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://proceedings.mlr.press/v28/sutskever13.html | Sutskever et al. 2013}; same values as `optax.sgd` after
 * `optax.add_decayed_weights`
 */
export function sgd({momentum = 0, nesterov = false, weightDecay, decaysKernelsOnly = false}: SgdOptions): Optimizer {
  if (!(momentum >= 0 && momentum < 1)) throw new RangeError(`momentum must be in [0, 1), got ${momentum}`);
  if (nesterov && momentum === 0) throw new RangeError('nesterov must be false where momentum is 0, got true');
  requireFinite('weightDecay', weightDecay);
  if (weightDecay < 0) throw new RangeError(`weightDecay must be at least 0, got ${weightDecay}`);
  const decays = (param: Tensor): boolean => weightDecay > 0 && (param.rank > 1 || !decaysKernelsOnly);
  return {
    init: (params) => (momentum === 0 ? {} : {trace: mapTree<NdArray, NdArray>(params, ({shape}) => zeros(shape))}),
    update(gradients, state, params, rate) {
      const penalised = zipTrees<Tensor, Tensor, Tensor>(params, gradients, (param, gradient) =>
        decays(param) ? tf.add(gradient, tf.mul(param, weightDecay)) : gradient,
      );
      const descended = (directions: Tree<Tensor>): Tree<Tensor> =>
        zipTrees<Tensor, Tensor, Tensor>(params, directions, (param, direction) =>
          tf.sub(param, tf.mul(direction, rate)),
        );
      if (momentum === 0) return {params: descended(penalised), state: {}};
      const plusDecayed = (sum: Tensor, gradient: Tensor): Tensor => tf.add(tf.mul(sum, momentum), gradient);
      const trace = zipTrees<Tensor, Tensor, Tensor>((state as {trace: Tree<Tensor>}).trace, penalised, plusDecayed);
      const directions = nesterov ? zipTrees<Tensor, Tensor, Tensor>(trace, penalised, plusDecayed) : trace;
      return {params: descended(directions), state: {trace}};
    },
  };
}
