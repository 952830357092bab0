import {type Tensor, zipTrees} from '../contract/index.js';
import {globalNorm, section, tf} from '../engine/index.js';
import type {GradientTransformation} from './transformation.js';

/**
 * Gives each parameter's update the size of the parameter: `u * |p| / |u|`, and `u` where either norm is 0. Keeps nothing. As
 * `optax.scale_by_trust_ratio`.
 * @see {@link https://arxiv.org/abs/1904.00962 | You et al. 2020}
 */
export function scaleByTrustRatio(): GradientTransformation {
  return {
    init: () => ({}),
    resets: {},
    update: (updates, state, params) => ({
      updates: zipTrees<Tensor, Tensor, Tensor>(updates, params, (update, param) =>
        section(() => tf.mul(update, trustRatio(update, param))),
      ),
      state,
    }),
  };
}

function trustRatio(update: Tensor, param: Tensor): Tensor {
  const [ofUpdate, ofParam] = [globalNorm(update), globalNorm(param)];
  const one = tf.onesLike(ofParam);
  const hasRatio = tf.logicalAnd(tf.greater(ofUpdate, 0), tf.greater(ofParam, 0));
  return tf.where(hasRatio, tf.div(ofParam, tf.where(hasRatio, ofUpdate, one)), one);
}
