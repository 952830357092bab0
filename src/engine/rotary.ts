import {formOf, type Tensor} from '../contract/index.js';
import {requireTensors} from './layer-tensors.js';
import {tf} from './tf.js';

/** How positions turn. */
export interface RotaryOptions {
  /** The period of the slowest pair, in steps of 2 pi; above 0, default 10,000. */
  readonly theta?: number;
}

/**
 * Turns neighbouring pairs of values by an angle that grows with the position: at position `p`, pair `i` of `size / 2`,
 * `(a, b)` becomes `(a cos t - b sin t, b cos t + a sin t)` with `t = p * theta^(-2 i / size)`. A product of two vectors that were
 * turned so depends on the distance of their positions.
 * @param x - [batch, length, heads, size], with an even `size`
 * @throws RangeError if `x` is no tensor or of another form
 * @see {@link https://arxiv.org/abs/2104.09864 | Su et al. 2021}
 */
export function rotary(x: Tensor, {theta = 10_000}: RotaryOptions = {}): Tensor {
  requireTensors('rotary', {x});
  if (x.rank !== 4 || x.shape[3]! % 2 !== 0)
    throw new RangeError(`rotary: x must be [batch, length, heads, size] with an even size; found ${formOf(x)}`);
  const [, length, , size] = x.shape as [number, number, number, number];
  const angles = anglesOf(length, size, theta);
  const table = (values: Float32Array): Tensor => tf.tensor(values, [length, 1, size]);
  // A product with a matrix of 0, 1 and -1 is exact, and quicker than taking every other value of a vector.
  const quarterTurned = tf.matMul(tf.reshape(x, [-1, size]) as never, quarterTurn(size) as never);
  const across = tf.mul(tf.reshape(quarterTurned, x.shape), table(angles.map(Math.sin)));
  return tf.add(tf.mul(x, table(angles.map(Math.cos))), across);
}

/** The angle of each value at each position, [length, size]; frequencies in single precision, as JAX computes them. */
function anglesOf(length: number, size: number, theta: number): Float32Array {
  const frequency = (i: number): number => Math.fround(theta ** -((2 * (i >> 1)) / size));
  return Float32Array.from({length: length * size}, (_, i) => Math.floor(i / size) * frequency(i % size));
}

/** The matrix [size, size] that makes `(-b, a)` of each pair `(a, b)`. */
function quarterTurn(size: number): Tensor {
  const matrix = new Float32Array(size * size);
  for (let i = 0; i < size; i += 2) {
    matrix[(i + 1) * size + i] = -1;
    matrix[i * size + i + 1] = 1;
  }
  return tf.tensor(matrix, [size, size]);
}
