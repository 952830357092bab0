import {z} from 'zod';
import {full} from '../contract/index.js';
import {tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {type AdamState, adamChange, adamScalars, inFloat32} from './adam-formula.js';
import {zerosLike} from './averages.js';
import {decay, positive} from './checks.js';
import {changeLeaves} from './leaves.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `scaleByAdam`. */
export interface ScaleByAdamOptions {
  /** Decay of the first moment, in [0, 1). */
  readonly b1: number;
  /** Decay of the second moment, in [0, 1). */
  readonly b2: number;
  /** Added to the root of the second moment, above 0; default 1e-8. */
  readonly eps?: number;
  /** Whether the first moment is averaged with the gradient once more before it is used; default false. */
  readonly nesterov?: boolean;
}

/** The same as a schema. */
export const scaleByAdamOptions = z.strictObject({
  b1: decay,
  b2: decay,
  eps: positive.default(1e-8),
  nesterov: z.boolean().default(false),
});

/**
 * Adam's direction, `t` counted from 1:
 *     mu = b1 mu + (1 - b1) g,   nu = b2 nu + (1 - b2) g^2,   u = nesterov ? b1 mu + (1 - b1) g : mu,
 *     (u / (1 - b1^t)) / (sqrt(nu / (1 - b2^t)) + eps)
 * Its state is `{count, mu, nu}`. As `optax.scale_by_adam`; with Nesterov's momentum as AlgoPerf's NAdamW.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/1412.6980 | Kingma & Ba 2015}
 */
export function scaleByAdam(given: ScaleByAdamOptions): GradientTransformation {
  const {b1, b2, eps, nesterov} = checkedOptions('scaleByAdam', scaleByAdamOptions, given);
  const constants = inFloat32({b1, b2, eps, nesterov});
  return {
    resets: {count: 'keep', mu: 'scale', nu: 'scale'},
    parts: [{name: 'scaleByAdam', options: {b1, b2, eps, nesterov}}],
    init: (params) => ({count: full([], 0), mu: zerosLike(params), nu: zerosLike(params)}),
    update(gradients, state) {
      const old = state as unknown as AdamState;
      const count = tf.add(old.count, 1);
      const scalars = adamScalars(constants, count);
      const trees = {gradient: gradients, mu: old.mu, nu: old.nu};
      const {change, ...moments} = changeLeaves(trees, ['change', 'mu', 'nu'], (leaf) =>
        adamChange(leaf, scalars, constants),
      );
      return {updates: change, state: {count, ...moments}};
    },
  };
}
