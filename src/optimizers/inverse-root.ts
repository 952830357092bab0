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
 * Newton iteration: from `M = z (A + ridge * lambda I)` and `H = z^(1/p) I`, with `z = 1 / ((1 + ridge) lambda)`,
 *     T = factor (shift I - M),   M = T^p M,   H = H T
 * until M is I. Newton's step has the shift `1 + p`. The first steps have smaller shifts, which make small eigenvalues grow faster;
 * `newtonSteps` derives them from the smallest possible eigenvalue. In float32 the smallest eigenvalues, and so the largest of the roots,
 * are right to about `2^-24 / ridge`.
 * @param matrices - float32 [..., n, n]
 * @see Higham, Functions of Matrices (2008), eq. 7.18
 */
export function inverseRoots(matrices: Tensor, {p, ridge}: InverseRootOptions): InverseRoots {
  // Of the shape of the matrices, so that everything but the products is element-wise.
  const identity = tf.add(tf.zerosLike(matrices), tf.eye(matrices.shape.at(-1)!));
  const largest = tf.maximum(largestEigenvalues(matrices), LEAST);
  const z = tf.div(1 / (1 + ridge), largest);
  let m: Tensor = tf.add(tf.mul(matrices, z), tf.mul(identity, ridge / (1 + ridge)));
  let h: Tensor | undefined;
  for (const {shift, factor} of newtonSteps(p, ridge)) {
    const t = tf.sub(tf.mul(identity, shift * factor), tf.mul(m, factor));
    m = tf.matMul(power(t, p), m);
    h = h ? tf.matMul(h, t) : tf.mul(t, tf.pow(z, 1 / p));
  }
  return {roots: h!, errors: tf.max(tf.abs(tf.sub(m, identity)), [-2, -1], true)};
}

/** A step of the iteration: `T = factor (shift I - M)`. */
interface NewtonStep {
  readonly shift: number;
  readonly factor: number;
}

/** The least value that a step maps the largest eigenvalue, 1, to: a smaller one would cost more of its digits. */
const LEAST_LEFT = 0.2;

/** The distance from 1 at which the iteration ends: the precision of float32. */
const PRECISION = 1e-7;

/**
 * Steps that map all eigenvalues in [`ridge / (1 + ridge)`, 1] to 1. A step maps `x` to `(factor (shift - x))^p x`, whose maximum, 1, is
 * at `shift / (1 + p)`. The smallest value after it is largest if both ends of the interval are mapped to the same value.
 */
export function newtonSteps(p: number, ridge: number): NewtonStep[] {
  const steps: NewtonStep[] = [];
  const least = leastShift(p);
  // One step at least, also where all are next to 1.
  let smallest = Math.min(ridge / (1 + ridge), 0.5);
  while (1 - smallest > PRECISION) {
    const root = smallest ** (1 / p);
    const shift = Math.min(Math.max((1 - root * smallest) / (1 - root), least), 1 + p);
    const factor = factorFor(shift, p);
    const mapped = (x: number): number => (factor * (shift - x)) ** p * x;
    steps.push({shift, factor});
    smallest = Math.min(mapped(smallest), mapped(1));
  }
  return steps;
}

function factorFor(shift: number, p: number): number {
  const highest = shift / (1 + p);
  return 1 / ((shift - highest) * highest ** (1 / p));
}

/** The shift that leaves `LEAST_LEFT` of 1, by bisection. */
function leastShift(p: number): number {
  let [low, high] = [1, 1 + p];
  while (high - low > 1e-6) {
    const shift = (low + high) / 2;
    if ((factorFor(shift, p) * (shift - 1)) ** p < LEAST_LEFT) low = shift;
    else high = shift;
  }
  return high;
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
