import {randomBytes} from 'node:crypto';
import type {Key, NdArray} from '../contract/index.js';
import {sizeOf} from '../contract/index.js';
import {randomBits} from '../random/index.js';
import {drawFunctions, tensorflowBackend} from './tensorflow/binding.js';
import {tf} from './tf.js';

export {foldIn, keyFromSeed, randomBits, split} from '../random/index.js';

/** Random arrays on the host as functions of a key, as `jax.random` draws them. */

/** A seed for a run without one, an integer in [0, 2^32). */
export function randomSeed(): number {
  return randomBytes(4).readUInt32LE();
}

/** Float32 values in [low, high), default [0, 1): multiples of 2^-23, scaled. Same values as `jax.random.uniform`. */
export function uniform(key: Key, shape: readonly number[], low = 0, high = 1): NdArray {
  const bits = randomBits(key, sizeOf(shape));
  const {from, span} = rangeOf(low, high);
  const data = new Float32Array(bits.length);
  // One rounding for product and sum, as XLA fuses them.
  for (let i = 0; i < bits.length; i++) data[i] = Math.max(from, (bits[i]! >>> 9) * 2 ** -23 * span + from);
  return {shape, dtype: 'float32', data};
}

/** Where uniform float32 values begin, and how far they reach. */
function rangeOf(low: number, high: number): {from: number; span: number} {
  const from = Math.fround(low);
  return {from, span: Math.fround(Math.fround(high) - from)};
}

/** The least uniform value that is made a normal one: of -1 it would be infinite. */
const ABOVE_MINUS_ONE = -1 + 2 ** -24;

/** Float32 values of the standard normal distribution. As `jax.random.normal`, within 1e-6 relative. */
export function normal(key: Key, shape: readonly number[]): NdArray {
  return normalBetween(key, shape, {low: ABOVE_MINUS_ONE, high: 1, lower: -Infinity, upper: Infinity});
}

/**
 * Float32 values of the standard normal distribution between two bounds. As `jax.random.truncated_normal`, within 1e-6 relative.
 * @throws RangeError unless `lower < upper`
 */
export function truncatedNormal(key: Key, shape: readonly number[], lower = -2, upper = 2): NdArray {
  if (!(lower < upper)) throw new RangeError(`lower must be below upper, got ${lower} and ${upper}`);
  return normalBetween(key, shape, {low: erf(lower / Math.SQRT2), high: erf(upper / Math.SQRT2), lower, upper});
}

interface NormalBounds {
  /** Of the uniform values that are made normal ones. */
  readonly low: number;
  readonly high: number;
  /** Of the normal values. */
  readonly lower: number;
  readonly upper: number;
}

/** By the addon where it can: the same to the bit, ten times as fast. */
function normalBetween(key: Key, shape: readonly number[], {low, high, lower, upper}: NormalBounds): NdArray {
  const addon = tf.getBackend() === 'tensorflow' ? drawFunctions(tensorflowBackend().binding) : undefined;
  if (!addon) {
    const draws = uniform(key, shape, low, high);
    const data = draws.data as Float32Array;
    for (let i = 0; i < data.length; i++) data[i] = Math.min(upper, Math.max(lower, Math.SQRT2 * inverseErf(data[i]!)));
    return draws;
  }
  const {from, span} = rangeOf(low, high);
  const data = new Float32Array(sizeOf(shape));
  addon.drawNormals(Uint32Array.from(key), Float64Array.of(from, span, lower, upper), data);
  return {shape, dtype: 'float32', data};
}

/** Standard deviation of a standard normal distribution cut at -2 and 2. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

/**
 * A kernel's initial values: normal, cut at two deviations, with variance `1 / fan-in`; fan-in is the product of all
 * dimensions but the last. As flax's and JAX's `lecun_normal`.
 */
export function lecunNormal(key: Key, shape: readonly number[]): NdArray {
  const deviation = Math.sqrt(1 / sizeOf(shape.slice(0, -1))) / TRUNCATED_DEVIATION;
  const draws = truncatedNormal(key, shape).data as Float32Array;
  return {shape, dtype: 'float32', data: draws.map((draw) => draw * deviation)};
}

/** The error function to about 1e-15 relative, by its series below 2.5 and its continued fraction above. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a > 2.5) {
    let fraction = 0;
    for (let k = 60; k > 0; k--) fraction = k / 2 / (a + fraction);
    return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
  }
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/**
 * The inverse of the error function for |y| <= 1, to about 1e-7 relative: Giles' single-precision polynomials, which XLA uses too.
 * @see {@link https://people.maths.ox.ac.uk/gilesm/files/gems_erfinv.pdf | Giles 2010}
 */
function inverseErf(y: number): number {
  // The square is rounded as XLA rounds it: in the tails that moves the result by more than all the rest.
  const w = -Math.log1p(-Math.fround(y * y));
  if (w < 5) return polynomial(CENTRAL, w - 2.5) * y;
  return w < Infinity ? polynomial(TAIL, Math.sqrt(w) - 3) * y : w * y;
}

const CENTRAL = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
const TAIL = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let i = 0; i < coefficients.length; i++) value = value * x + coefficients[i]!;
  return value;
}
