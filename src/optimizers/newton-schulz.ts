import type {Tensor} from '../contract/index.js';
import {tf} from '../engine/index.js';

/** Coefficients of `a X + b (X XT) X + c (X XT)^2 X`: the steepest at 0 whose fixed points lie near 1. */
const [A, B, C] = [3.4445, -4.775, 2.0315];

/**
 * Brings the singular values of matrices [..., rows, columns], rows <= columns, near 1 (about 0.7 to 1.2) and keeps their singular
 * vectors:
 *     X = X / (|X| + eps),   then `steps` times X = (a I + b S + c S^2) X with S = X XT
 * `|X|` is the Frobenius norm.
 * @see {@link https://kellerjordan.github.io/posts/muon/ | Jordan 2024}; same values as optax's `orthogonalize_via_newton_schulz`
 */
export function orthogonalised(matrices: Tensor, {steps, eps}: {readonly steps: number; readonly eps: number}): Tensor {
  const norm = tf.sqrt(tf.sum(tf.square(matrices), [-2, -1], true));
  const identity = tf.eye(matrices.shape.at(-2)!);
  let x: Tensor = tf.div(matrices, tf.add(norm, eps));
  for (let step = 0; step < steps; step++) {
    const s = tf.matMul(x, x, false, true);
    // On the small side: no sum of matrices as large as X is made.
    const factor = tf.add(tf.matMul(s, tf.add(tf.mul(s, C), tf.mul(identity, B))), tf.mul(identity, A));
    x = tf.matMul(factor, x);
  }
  return x;
}
