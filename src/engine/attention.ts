import {formOf, type Tensor} from '../contract/index.js';
import {requireForms, requireTensors, requireTensorsIfGiven} from './layer-tensors.js';
import {tf} from './tf.js';

/** What attends to what. */
export interface AttentionOptions {
  /** [batch, queries, heads, size] */
  readonly query: Tensor;
  /** [batch, keys, heads, size] */
  readonly key: Tensor;
  /** [batch, keys, heads, its own size] */
  readonly value: Tensor;
  /** What the products of queries and keys are multiplied by; default `1 / sqrt(size)`. */
  readonly scale?: number | Tensor;
  /**
   * Which keys a query sees: bool, of a shape that broadcasts to [batch, heads, queries, keys]. A query that sees none
   * attends to all alike, and its gradient is that of seeing all. Absent: all.
   */
  readonly mask?: Tensor | undefined;
  /** What becomes of the weights [batch, heads, queries, keys] before they are used, such as dropout. */
  readonly changeWeights?: (weights: Tensor) => Tensor;
}

/** What is added to the product of a query with a key that it must not see: the least float32. */
const UNSEEN = -3.4028234663852886e38;

/**
 * Each query's mean of the values, by the softmax of its products with the keys: [batch, queries, heads, size of the values]. Same values as
 * `flax.linen.dot_product_attention`, and `jax.nn.dot_product_attention`.
 * @throws RangeError naming what is no tensor or of another form
 * @see {@link https://arxiv.org/abs/1706.03762 | Vaswani et al. 2017}
 */
export function attention({query, key, value, scale, mask, changeWeights}: AttentionOptions): Tensor {
  requireTensors('attention', {query, key, value});
  requireTensorsIfGiven('attention', {mask});
  requireHeads(query, key, value);
  const byHead = (x: Tensor): Tensor => tf.transpose(x, [0, 2, 1, 3]);
  const scaled = tf.mul(query, scale ?? 1 / Math.sqrt(query.shape[3]!));
  const products = tf.matMul(byHead(scaled as Tensor) as never, byHead(key) as never, false, true);
  const weights = tf.softmax(mask ? tf.add(products, unseen(mask)) : products); // [batch, heads, queries, keys]
  const changed = changeWeights ? changeWeights(weights as Tensor) : weights;
  return byHead(tf.matMul(changed as never, byHead(value) as never));
}

/** Of other forms, what is one for each sequence would become one for all, or the other way round. */
function requireHeads(query: Tensor, key: Tensor, value: Tensor): void {
  if (query.rank !== 4)
    throw new RangeError(`attention: query must be [batch, queries, heads, size]; found ${formOf(query)}`);
  const [batch, , heads, size] = query.shape as [number, number, number, number];
  const keys = key.shape[1] ?? 0;
  requireForms('attention', {
    key: [key, [batch, keys, heads, size]],
    value: [value, [batch, keys, heads, value.shape[3] ?? size]],
  });
}

/** 0 where the mask is true. A sum with the least float32 is that float32 again, so that what is unseen has weight 0. */
function unseen(mask: Tensor): Tensor {
  return tf.mul(tf.sub(1, tf.cast(mask, 'float32')), UNSEEN);
}

/** Each position sees itself and those before it: bool [1, 1, length, length]. */
export function causalMask(length: number): Tensor {
  const positions = tf.range(0, length, 1, 'int32');
  const mask = tf.greaterEqual(tf.expandDims(positions, 1), tf.expandDims(positions, 0));
  return tf.reshape(mask, [1, 1, length, length]);
}
