import type {Tensor} from '../contract/index.js';
import {tf} from '../engine/index.js';

/** What an inverse root is taken of, and how. */
export interface InverseRootOptions {
  /** The root: 2 gives the inverse square root. An integer of at least 1. */
  readonly p: number;
  /** This share of the largest eigenvalue is added to all of them, above 0: an upper bound of the condition. */
  readonly ridge: number;
}

/** Inverse roots, and how far they are from them. */
export interface InverseRoots {
  /** [..., n, n] */
  readonly roots: Tensor;
  /** [..., 1, 1]: the largest deviation of `root^p * matrix` from the identity, as far as the iteration knows. */
  readonly errors: Tensor;
}

/** Below the smallest eigenvalue that matters; keeps a matrix of zeros from being divided by. */
const LEAST = 1e-25;

/**
 * `(A + ridge * lambda I)^(-1/p)` of symmetric matrices without negative eigenvalues, `lambda` being the largest, by the coupled
 * Newton iteration: from `M = z (A + ridge * lambda I)` and `H = z^(1/p) I`,
 *     T = (1 + 1/p) I - M/p,   M = T^p M,   H = H T
 * until M is I, with `z = (1 + p) / (2 lambda)`. The number of iterations is what an eigenvalue of `ridge * lambda` needs.
 * In float32 the smallest eigenvalues, and so the largest of the roots, are right to about `2^-24 / ridge`.
 * @param matrices - float32 [..., n, n]
 * @see Higham, Functions of Matrices (2008), eq. 7.18
 */
export function inverseRoots(matrices: Tensor, {p, ridge}: InverseRootOptions): InverseRoots {
  const identity = tf.eye(matrices.shape.at(-1)!);
  const largest = tf.maximum(largestEigenvalues(matrices), LEAST);
  const z = tf.div((1 + p) / 2, largest);
  let m: Tensor = tf.add(tf.mul(matrices, z), tf.mul(identity, (ridge * (1 + p)) / 2));
  let h: Tensor | undefined;
  for (let i = newtonIterations(p, ridge); i > 0; i--) {
    const t = tf.sub(tf.mul(identity, 1 + 1 / p), tf.div(m, p));
    m = tf.matMul(power(t, p), m);
    h = h ? tf.matMul(h, t) : tf.mul(t, tf.pow(z, 1 / p));
  }
  return {roots: h!, errors: tf.max(tf.abs(tf.sub(m, identity)), [-2, -1], true)};
}

/** Iterations until the smallest eigenvalue that there can be, and the largest, are 1 to float32's precision: those between are sooner. */
export function newtonIterations(p: number, ridge: number): number {
  const iterationsFrom = (start: number): number => {
    let [value, count] = [start, 0];
    for (; Math.abs(value - 1) > 1e-7; count++) value *= (1 + (1 - value) / p) ** p;
    return count;
  };
  return Math.max(iterationsFrom((ridge * (1 + p)) / 2), iterationsFrom(((1 + ridge) * (1 + p)) / 2));
}

function power(matrices: Tensor, exponent: number): Tensor {
  if (exponent === 1) return matrices;
  const half = power(matrices, Math.floor(exponent / 2));
  const square = tf.matMul(half, half);
  return exponent % 2 === 0 ? square : tf.matMul(square, matrices);
}

const SQUARINGS = 5;
const POWER_ITERATIONS = 8;

/**
 * By power iteration with the 32nd power of the matrix: 256 iterations at the cost of few. What it gives is at most too small, by some
 * 1e-5 where many eigenvalues are next to the largest.
 * @returns [..., 1, 1]
 */
function largestEigenvalues(matrices: Tensor): Tensor {
  let powers = matrices;
  for (let i = 0; i < SQUARINGS; i++) powers = tf.matMul(divided(powers), divided(powers));
  powers = divided(powers);
  // A direction that no eigenvector is likely to be at right angles to.
  const start = tf.cos(tf.square(tf.range(1, matrices.shape.at(-1)! + 1)));
  let vector: Tensor = tf.sum(tf.mul(powers, start), -1, true);
  for (let i = 1; i < POWER_ITERATIONS; i++) vector = tf.matMul(powers, divided(vector));
  const scaled = divided(vector);
  const product = tf.sum(tf.mul(scaled, tf.matMul(matrices, scaled)), [-2, -1], true);
  return tf.div(product, tf.maximum(tf.sum(tf.square(scaled), [-2, -1], true), LEAST));
}

/** Each matrix by its largest element: a norm of squares could be too small for float32. */
function divided(matrices: Tensor): Tensor {
  return tf.div(matrices, tf.maximum(tf.max(tf.abs(matrices), [-2, -1], true), LEAST));
}
