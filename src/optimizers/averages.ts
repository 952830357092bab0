import {mapTree, type NdArray, type Tensor, type Tree, zeros} from '../contract/index.js';
import {tf} from '../engine/index.js';

/** `decay * old + (1 - decay) * value`. */
export function average(old: Tensor, value: Tensor, decay: number): Tensor {
  return tf.add(tf.mul(old, decay), tf.mul(value, 1 - decay));
}

/** `1 - decay^count`, without the cancellation that the difference has in float32 for a decay near 1. */
export function biasCorrection(decay: number, count: Tensor): Tensor {
  if (decay === 0) return tf.onesLike(count);
  return tf.neg(tf.expm1(tf.mul(count, Math.log(decay))));
}

/** Moments before the first step: zeros in the structure of the parameters. */
export function zerosLike(params: Tree<NdArray>): Tree<NdArray> {
  return mapTree<NdArray, NdArray>(params, ({shape}) => zeros(shape));
}
