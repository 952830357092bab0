import type {Tensor} from '../contract/index.js';
import {tf} from '../engine/index.js';
import {average} from './averages.js';

/** The ways to the length of a step: those of RMSProp, of RMSProp on gradients of length 1, of the gradient itself. */
export const graftings = Object.freeze(['rmsprop_normalized', 'rmsprop', 'sgd'] as const);

/** @see graftings */
export type Grafting = (typeof graftings)[number];

/** How far a parameter is to go. */
export interface GraftingOptions {
  readonly grafting: Grafting;
  /** Decay of the squares' average. */
  readonly b2: number;
  /** Added to its root. */
  readonly eps: number;
}

/** Keeps a norm of 0 from being divided by. */
const LEAST_NORM = 1e-25;

/**
 * The step of the method whose length is taken:
 *     g = g / |g| where gradients are normalised,   v = b2 v + (1 - b2) g^2,   g / (sqrt(v) + eps)
 * @param squares - v, which `sgd` has not
 */
export function graftingStep(
  gradient: Tensor,
  squares: Tensor | undefined,
  {grafting, b2, eps}: GraftingOptions,
): {step: Tensor; squares: Tensor | undefined} {
  if (!squares) return {step: gradient, squares};
  const scaled = grafting === 'rmsprop_normalized' ? tf.div(gradient, plusLeast(norm(gradient))) : gradient;
  const next = average(squares, tf.square(scaled), b2);
  return {step: tf.div(scaled, tf.add(tf.sqrt(next), eps)), squares: next};
}

/** A direction at the length of another step. */
export function grafted(direction: Tensor, step: Tensor): Tensor {
  return tf.mul(direction, tf.div(norm(step), plusLeast(norm(direction))));
}

function norm(x: Tensor): Tensor {
  return tf.sqrt(tf.sum(tf.square(x)));
}

function plusLeast(x: Tensor): Tensor {
  return tf.add(x, LEAST_NORM);
}
