import {z} from 'zod';
import {full, mapTree, type Tensor, type Tree} from '../contract/index.js';
import {tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {average, biasCorrection, zerosLike} from './averages.js';
import {decay, positive} from './checks.js';
import {changeLeaves} from './leaves.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `scaleByRms`. */
export interface ScaleByRmsOptions {
  /** Decay of the second moment, in [0, 1). */
  readonly decay: number;
  /** Added to the root of the second moment, above 0; default 1e-8. */
  readonly eps?: number;
}

const scaleByRmsOptions = z.strictObject({decay, eps: positive.default(1e-8)});

const correctRmsBiasOptions = z.strictObject({decay});

/**
 * Divides by the root of a moving average of squares, begun at 0: `nu = decay nu + (1 - decay) g^2, g / (sqrt(nu) + eps)`. Its state is
 * `{nu}`. As `optax.scale_by_rms` with `eps_in_sqrt=False`.
 * @throws RangeError naming the option and the value it got
 */
export function scaleByRms(given: ScaleByRmsOptions): GradientTransformation {
  const {decay, eps} = checkedOptions('scaleByRms', scaleByRmsOptions, given);
  return {
    resets: {nu: 'scale'},
    init: (params) => ({nu: zerosLike(params)}),
    update(gradients, state) {
      const trees = {gradient: gradients, nu: (state as {nu: Tree<Tensor>}).nu};
      const {update, nu} = changeLeaves(trees, ['update', 'nu'], ({gradient, nu: old}) => {
        const nu = average(old, tf.square(gradient), decay);
        return {update: tf.div(gradient, tf.add(tf.sqrt(nu), eps)), nu};
      });
      return {updates: update, state: {nu}};
    },
  };
}

/**
 * Multiplies updates by `sqrt(1 - decay^t)`, `t` counted from 1: what the bias of a second moment with this decay makes a direction
 * too large by. Its state is `{count}`.
 * @param options.decay - in [0, 1)
 * @throws RangeError with the value it got
 */
export function correctRmsBias(options: {readonly decay: number}): GradientTransformation {
  const {decay} = checkedOptions('correctRmsBias', correctRmsBiasOptions, options);
  return {
    resets: {count: 'keep'},
    init: () => ({count: full([], 0)}),
    update(updates, state) {
      const count = tf.add((state as {count: Tensor}).count, 1);
      const factor = tf.sqrt(biasCorrection(decay, count));
      return {updates: mapTree<Tensor, Tensor>(updates, (update) => tf.mul(update, factor)), state: {count}};
    },
  };
}
