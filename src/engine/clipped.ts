import type * as TF from '@tensorflow/tfjs-core';
import {tf} from './tf.js';

/** The largest and the smallest integer of a tensor. */
const INT32 = [-(2 ** 31), 2 ** 31 - 1] as const;

/** `min(max(x, least), most)`, in which NaN stays; the bounds of integers may be any numbers. */
export function clipped(x: TF.Tensor, least: number, most: number): TF.Tensor {
  const bound = (value: number): TF.Scalar =>
    x.dtype === 'float32' ? tf.scalar(value) : tf.scalar(Math.min(Math.max(value, INT32[0]), INT32[1]), 'int32');
  return tf.tidy(() => tf.minimum(tf.maximum(x, bound(least)), bound(most)));
}
