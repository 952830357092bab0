import {formOf, sizeOf, type Tensor} from '../contract/index.js';
import {requireTensors} from './layer-tensors.js';
import {tf} from './tf.js';

/** How a product is taken. */
export interface LinearOptions {
  /** How many of the last dimensions of `x`, and of the first ones of `kernel`, the product sums over; default 1. */
  readonly axes?: number;
}

/**
 * The product of `x` [..., inputs] and `kernel` [inputs, ...outputs]: [..., ...outputs]. Both may have several dimensions of inputs,
 * as an attention's last layer has: `x` [batch, length, heads, size], `kernel` [heads, size, width], with `axes` 2. Same as
 * `flax.linen.DenseGeneral` without a bias.
 * @throws RangeError naming what is no tensor, or with both shapes if the kernel is not of these inputs
 */
export function linear(kernel: Tensor, x: Tensor, {axes = 1}: LinearOptions = {}): Tensor {
  requireTensors('linear', {kernel, x});
  requireInputs(kernel.shape, x.shape, axes);
  const inputs = sizeOf(kernel.shape.slice(0, axes));
  const [others, outputs] = [x.shape.slice(0, x.rank - axes), kernel.shape.slice(axes)];
  const matrix = shaped(kernel, [inputs, sizeOf(outputs)]);
  const product = tf.matMul(shaped(x, [sizeOf(others), inputs]) as never, matrix as never);
  return shaped(product as Tensor, [...others, ...outputs]);
}

function requireInputs(kernel: readonly number[], x: readonly number[], axes: number): void {
  const [own, given] = [kernel.slice(0, axes), x.slice(-axes)].map((shape) => `[${shape.join(', ')}]`);
  if (own === given) return;
  throw new RangeError(
    `a kernel of the shape [${kernel.join(', ')}] takes inputs ${own}, but what it is multiplied with is [${x.join(', ')}], whose last dimensions are ${given}`,
  );
}

function shaped(x: Tensor, shape: number[]): Tensor {
  return String(x.shape) === String(shape) ? x : tf.reshape(x, shape);
}

/**
 * The table's rows of some numbers: `ids` int32 [...] to [..., width].
 * @param table - [rows, width]
 * @throws RangeError naming what is no tensor or of another form
 */
export function embed(table: Tensor, ids: Tensor): Tensor {
  requireTensors('embed', {table, ids});
  const [, width] = tableShape('embed', table);
  const rows = tf.gather(table, tf.reshape(ids, [-1]) as never); // [ids, width]
  return tf.reshape(rows, [...ids.shape, width]);
}

/**
 * The product of vectors with every row of a table: `x` [..., width] to logits [..., rows]. With the table that {@link embed} reads
 * these are tied embeddings. Same as `attend` of `flax.linen.Embed`.
 * @param table - [rows, width]
 * @throws RangeError naming what is no tensor or of another form
 */
export function embedLogits(table: Tensor, x: Tensor): Tensor {
  requireTensors('embedLogits', {table, x});
  const [rows, width] = tableShape('embedLogits', table);
  if (x.shape.at(-1) !== width)
    throw new RangeError(`embedLogits: x must be [..., ${width}], as wide as the table; found ${formOf(x)}`);
  const logits = tf.matMul(tf.reshape(x, [-1, width]) as never, table as never, false, true);
  return tf.reshape(logits, [...x.shape.slice(0, -1), rows]);
}

function tableShape(layer: string, table: Tensor): [rows: number, width: number] {
  if (table.rank === 2) return table.shape as [number, number];
  throw new RangeError(`${layer}: table must be [rows, width]; found ${formOf(table)}`);
}

/**
 * A gated linear unit: of `x` [..., 2 width] with halves `a` and `b`, `a * activation(b)` [..., width]; default: the sigmoid.
 * @throws RangeError if `x` is no tensor or of another form
 */
export function glu(x: Tensor, activation: (x: Tensor) => Tensor = tf.sigmoid): Tensor {
  requireTensors('glu', {x});
  if (x.rank === 0 || x.shape.at(-1)! % 2 !== 0)
    throw new RangeError(`glu: x must be [..., width] with an even width; found ${formOf(x)}`);
  const [a, b] = tf.split(x, 2, -1) as [Tensor, Tensor];
  return tf.mul(a, activation(b));
}
