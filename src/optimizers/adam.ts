import {full, mapTree, type NdArray, type Tensor, type Tree, zeros} from '../contract/index.js';
import {adamUpdate} from '../engine/index.js';
import {requireFinite} from '../support/index.js';
import type {Optimizer} from './optimizer.js';

/** The constants of `adamw` and `nadamw`. */
export interface AdamOptions {
  /** Decay of the first moment, in [0, 1). */
  readonly b1: number;
  /** Decay of the second moment, in [0, 1). */
  readonly b2: number;
  /** Added to the root of the second moment, above 0; default 1e-8. */
  readonly eps?: number;
  /** Decoupled weight decay, at least 0; times the rate it is taken from every parameter. */
  readonly weightDecay: number;
}

/**
 * Adam with decoupled weight decay, `t` counted from 1:
 *     m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g^2,
 *     p -= rate * ((m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) + weightDecay * p)
 * Its state is `{count, mu, nu}`; `count` a float32 scalar, exact up to 2^24 steps.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/1711.05101 | Loshchilov & Hutter 2019}; same values as `optax.adamw`
 */
export function adamw(options: AdamOptions): Optimizer {
  return adam(options, false);
}

/**
 * AdamW with Nesterov momentum: the first moment is averaged with the gradient once more, `b1 m + (1 - b1) g`, before its
 * bias is corrected by `1 - b1^t`. As AlgoPerf's NAdamW.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ | Dozat 2016}
 */
export function nadamw(options: AdamOptions): Optimizer {
  return adam(options, true);
}

function adam({b1, b2, eps = 1e-8, weightDecay}: AdamOptions, nesterov: boolean): Optimizer {
  requireDecay('b1', b1);
  requireDecay('b2', b2);
  requireFinite('eps', eps);
  if (eps <= 0) throw new RangeError(`eps must be above 0, got ${eps}`);
  requireFinite('weightDecay', weightDecay);
  if (weightDecay < 0) throw new RangeError(`weightDecay must be at least 0, got ${weightDecay}`);
  return {
    init: (params) => ({
      count: full([], 0),
      mu: mapTree<NdArray, NdArray>(params, ({shape}) => zeros(shape)),
      nu: mapTree<NdArray, NdArray>(params, ({shape}) => zeros(shape)),
    }),
    update(gradients, state, params, rate) {
      const old = state as {count: Tensor; mu: Tree<Tensor>; nu: Tree<Tensor>};
      const updated = adamUpdate({...old, params, gradients, rate, b1, b2, eps, weightDecay, nesterov});
      return {params: updated.params, state: {count: updated.count, mu: updated.mu, nu: updated.nu}};
    },
  };
}

function requireDecay(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new RangeError(`${name} must be in [0, 1), got ${value}`);
}
