import {z} from 'zod';
import type {Tensor, Tree} from '../contract/index.js';
import {tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {average, zerosLike} from './averages.js';
import {decay} from './checks.js';
import {changeLeaves} from './leaves.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `scaleByLion`. */
export interface ScaleByLionOptions {
  /** Share of the momentum in the direction, in [0, 1). */
  readonly b1: number;
  /** Decay of the momentum, in [0, 1). */
  readonly b2: number;
}

/** The same as a schema. */
export const scaleByLionOptions = z.strictObject({b1: decay, b2: decay});

/**
 * Lion's direction, whose values are -1, 0 and 1:
 *     sign(b1 mu + (1 - b1) g),   mu = b2 mu + (1 - b2) g
 * Its state is `{mu}`. As `optax.scale_by_lion`.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/2302.06675 | Chen et al. 2023}
 */
export function scaleByLion(given: ScaleByLionOptions): GradientTransformation {
  const {b1, b2} = checkedOptions('scaleByLion', scaleByLionOptions, given);
  return {
    resets: {mu: 'scale'},
    init: (params) => ({mu: zerosLike(params)}),
    update(gradients, state) {
      const trees = {gradient: gradients, mu: (state as {mu: Tree<Tensor>}).mu};
      const {update, mu} = changeLeaves(trees, ['update', 'mu'], ({gradient, mu}) => ({
        update: tf.sign(average(mu, gradient, b1)),
        mu: average(mu, gradient, b2),
      }));
      return {updates: update, state: {mu}};
    },
  };
}
