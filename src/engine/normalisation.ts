import {formOf, type Tensor} from '../contract/index.js';
import {normalisedRows} from './layer-norm.js';
import {requireForms, requireParams, requireTensors} from './layer-tensors.js';
import {tf} from './tf.js';

/** flax's for layers of attention models. */
const EPSILON = 1e-6;

/** A normalisation's factor: `scale` [width]. */
export interface RmsNormParams {
  readonly scale: Tensor;
}

/** A layer normalisation's parameters, [width] each. */
export interface LayerNormParams extends RmsNormParams {
  readonly bias: Tensor;
}

/** How a normalisation avoids dividing by 0. */
export interface NormOptions {
  /** Added to the mean of squares or the variance; default 1e-6. */
  readonly epsilon?: number;
}

/**
 * Divides each vector by the root of its mean square: `x / sqrt(mean(x^2) + epsilon) * scale`, over the last dimension. Same values
 * as `flax.linen.RMSNorm`.
 * @param x - [..., width]
 * @throws RangeError naming what is no tensor or of another form
 * @see {@link https://arxiv.org/abs/1910.07467 | Zhang & Sennrich 2019}
 */
export function rmsNorm(params: RmsNormParams, x: Tensor, {epsilon = EPSILON}: NormOptions = {}): Tensor {
  requireParams('rmsNorm', params, ['scale']);
  requireWidth('rmsNorm', x, {scale: params.scale});
  return tf.mul(tf.mul(x, rootOfMeanSquare(x, epsilon)), params.scale);
}

/**
 * Gives each vector mean 0 and variance 1, then `* scale + bias`: over the last dimension, with the biased variance. Same values as
 * `flax.linen.LayerNorm`.
 * @param x - [..., width]
 * @throws RangeError naming what is no tensor or of another form
 * @see {@link https://arxiv.org/abs/1607.06450 | Ba, Kiros & Hinton 2016}
 */
export function layerNorm(params: LayerNormParams, x: Tensor, {epsilon = EPSILON}: NormOptions = {}): Tensor {
  requireParams('layerNorm', params, ['scale', 'bias']);
  const {scale, bias} = params;
  requireWidth('layerNorm', x, {scale, bias});
  if (x.rank === 2) return normalisedRows(x, scale, bias, epsilon);
  const rows = tf.reshape(x, [-1, x.shape.at(-1)!]) as Tensor;
  return tf.reshape(normalisedRows(rows, scale, bias, epsilon), x.shape);
}

function requireWidth(layer: string, x: Tensor, params: {readonly [name: string]: Tensor}): void {
  requireTensors(layer, {x});
  if (x.rank === 0) throw new RangeError(`${layer}: x must be [..., width]; found ${formOf(x)}`);
  const width = [x.shape.at(-1)!];
  for (const [name, tensor] of Object.entries(params)) requireForms(layer, {[name]: [tensor, width]});
}

/** `1 / sqrt(mean(x^2) + epsilon)`: [..., 1]. */
function rootOfMeanSquare(x: Tensor, epsilon: number): Tensor {
  return tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
}
