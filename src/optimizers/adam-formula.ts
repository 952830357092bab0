import type {Tensor, Tree} from '../contract/index.js';
import {tf} from '../engine/index.js';
import {average, biasCorrection} from './averages.js';

/** What is fixed in a run of Adam's. */
export interface AdamConstants {
  /** Decay of the first moment, in [0, 1). */
  readonly b1: number;
  /** Decay of the second moment, in [0, 1). */
  readonly b2: number;
  /** Added to the root of the second moment. */
  readonly eps: number;
  /** Whether the first moment is averaged with the gradient once more before it is used (NAdamW). */
  readonly nesterov: boolean;
}

/** Adam's state. */
export interface AdamState {
  /** Steps done: a float32 scalar, exact up to 2^24. */
  readonly count: Tensor;
  /** First moments, in the structure of the parameters. */
  readonly mu: Tree<Tensor>;
  /** Second moments. */
  readonly nu: Tree<Tensor>;
}

/** The numbers of a step that are the same for all parameters: float32 scalars. */
export type AdamScalars = {
  /** What the direction is multiplied by: `sqrt(1 - b2^t) / (1 - b1^t)`, times the learning rate where it is given. */
  readonly scale: Tensor;
  /** What is added to `sqrt(nu)`: `eps * sqrt(1 - b2^t)`. */
  readonly eps: Tensor;
};

/** One parameter's moments and its gradient. */
export interface AdamInputs {
  readonly mu: Tensor;
  readonly nu: Tensor;
  readonly gradient: Tensor;
}

/** What a step makes of them. */
export type AdamChange = {readonly mu: Tensor; readonly nu: Tensor; readonly change: Tensor};

/**
 * The constants as a fused kernel has them, which knows the decays in float32, and so `1 - decay` of that: with the corrections
 * made from the same numbers all forms agree, also for a decay next to 1.
 */
export function inFloat32(constants: AdamConstants): AdamConstants {
  return {...constants, b1: Math.fround(constants.b1), b2: Math.fround(constants.b2)};
}

/** @param count - the number of this step, from 1 */
export function adamScalars({b1, b2, eps}: AdamConstants, count: Tensor, learningRate?: Tensor): AdamScalars {
  const root = tf.sqrt(biasCorrection(b2, count));
  const scaled = learningRate === undefined ? root : tf.mul(learningRate, root);
  return {scale: tf.div(scaled, biasCorrection(b1, count)), eps: tf.mul(root, eps)};
}

/**
 * Adam's formula for one parameter:
 *     mu = b1 mu + (1 - b1) g,   nu = b2 nu + (1 - b2) g^2,   u = nesterov ? b1 mu + (1 - b1) g : mu,
 *     change = scale * u / (sqrt(nu) + eps)
 * which is `(u / (1 - b1^t)) / (sqrt(nu / (1 - b2^t)) + eps)`: both corrections are in the scalars.
 */
export function adamChange(
  {mu, nu, gradient}: AdamInputs,
  {scale, eps}: AdamScalars,
  {b1, b2, nesterov}: AdamConstants,
): AdamChange {
  const nextMu = average(mu, gradient, b1);
  const nextNu = average(nu, tf.square(gradient), b2);
  const direction = nesterov ? average(nextMu, gradient, b1) : nextMu;
  return {mu: nextMu, nu: nextNu, change: tf.div(tf.mul(direction, scale), tf.add(tf.sqrt(nextNu), eps))};
}
