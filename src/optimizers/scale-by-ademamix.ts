import {z} from 'zod';
import {full, type Tensor, type Tree} from '../contract/index.js';
import {tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {average, biasCorrection, zerosLike} from './averages.js';
import {decay, positive} from './checks.js';
import {changeLeaves} from './leaves.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `scaleByAdemamix`. */
export interface ScaleByAdemamixOptions {
  /** Decay of the fast first moment, in [0, 1). */
  readonly b1: number;
  /** Decay of the second moment, in [0, 1). */
  readonly b2: number;
  /** Decay of the slow first moment, in [b1, 1), once it is warmed up. */
  readonly b3: number;
  /** Weight of the slow first moment, at least 0, once it is warmed up. */
  readonly alpha: number;
  /** Steps in which `b3` grows from `b1`, and `alpha` from 0; default 0: they are what they are from the first step. */
  readonly warmupSteps?: number;
  /** Added to the root of the second moment, above 0; default 1e-8. */
  readonly eps?: number;
}

/** The same as a schema. */
export const scaleByAdemamixOptions = z.strictObject({
  b1: decay,
  b2: decay,
  b3: decay,
  alpha: z.number().min(0),
  warmupSteps: z.int().min(0).default(0),
  eps: positive.default(1e-8),
});

type Constants = z.output<typeof scaleByAdemamixOptions>;

type State = {count: Tensor; m1: Tree<Tensor>; m2: Tree<Tensor>; nu: Tree<Tensor>};

/**
 * The direction of AdEMAMix, Adam with a second, slow first moment; `t` counted from 1:
 *     m1 = b1 m1 + (1 - b1) g,   m2 = b3(t) m2 + (1 - b3(t)) g,   nu = b2 nu + (1 - b2) g^2,
 *     (m1 / (1 - b1^t) + alpha(t) m2) / (sqrt(nu / (1 - b2^t)) + eps)
 * For `t` below `warmupSteps` and `a = t / warmupSteps`, `alpha(t) = a alpha`, and the half-life of `b3(t)` grows linearly from that of
 * `b1` to that of `b3`. Its state is `{count, m1, m2, nu}`. As `optax.contrib.scale_by_ademamix` with these two as schedules.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/2409.03137 | Pagliardini et al. 2024}
 */
export function scaleByAdemamix(given: ScaleByAdemamixOptions): GradientTransformation {
  const options = checkedOptions('scaleByAdemamix', scaleByAdemamixOptions, given);
  const {b1, b2, b3, eps} = options;
  if (b3 < b1) throw new RangeError(`scaleByAdemamix: b3 must be in [b1, 1) = [${b1}, 1), got ${b3}`);
  return {
    resets: {count: 'keep', m1: 'scale', m2: 'scale', nu: 'scale'},
    init: (params) => ({count: full([], 0), m1: zerosLike(params), m2: zerosLike(params), nu: zerosLike(params)}),
    update(gradients, state) {
      const {count: before, ...moments} = state as State;
      const count = tf.add(before, 1);
      const root = tf.sqrt(biasCorrection(b2, count));
      const [ofFast, ofSlow] = [tf.div(root, biasCorrection(b1, count)), tf.mul(root, alphaAt(options, count))];
      const added = tf.mul(root, eps);
      const [gain, keep] = slowGains(options, count);
      const {update, ...next} = changeLeaves(
        {gradient: gradients, ...moments},
        ['update', 'm1', 'm2', 'nu'],
        (leaf) => {
          const m1 = average(leaf.m1, leaf.gradient, b1);
          const m2 = tf.add(tf.mul(leaf.m2, keep), tf.mul(leaf.gradient, gain));
          const nu = average(leaf.nu, tf.square(leaf.gradient), b2);
          const direction = tf.add(tf.mul(m1, ofFast), tf.mul(m2, ofSlow));
          return {update: tf.div(direction, tf.add(tf.sqrt(nu), added)), m1, m2, nu};
        },
      );
      return {updates: update, state: {count, ...next}};
    },
  };
}

function alphaAt({alpha, warmupSteps}: Constants, count: Tensor): Tensor {
  if (warmupSteps === 0) return tf.mul(tf.onesLike(count), alpha);
  return tf.mul(tf.minimum(tf.div(count, warmupSteps), 1), alpha);
}

/** What is added to a decay before its logarithm is taken, which may be that of 0: as AdEMAMix's own code. */
const LOG_EPS = 1e-8;

/** `1 - b3(t)` and `b3(t)`: a decay whose half-life is `h` has the logarithm `ln 0.5 / h`. */
function slowGains({b1, b3, warmupSteps}: Constants, count: Tensor): [gain: Tensor, keep: Tensor] {
  const one = tf.onesLike(count);
  const warm: [Tensor, Tensor] = [tf.mul(one, 1 - b3), tf.mul(one, b3)];
  if (warmupSteps === 0) return warm;
  const [ofB1, ofB3] = [1 / Math.log(b1 + LOG_EPS), 1 / Math.log(b3 + LOG_EPS)];
  const logarithm = tf.div(1, tf.add(ofB1, tf.mul(count, (ofB3 - ofB1) / warmupSteps)));
  const isWarm = tf.greaterEqual(count, warmupSteps);
  return [tf.where(isWarm, warm[0], tf.neg(tf.expm1(logarithm))), tf.where(isWarm, warm[1], tf.exp(logarithm))];
}
