import {z} from 'zod';
import {mapTree, type Tensor, zipTrees} from '../contract/index.js';
import {tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {weightDecay as decayOption} from './checks.js';
import {type Mask, masked, maskOption} from './masked.js';
import type {GradientTransformation} from './transformation.js';

/** Transformations that keep nothing from step to step. */
const keepsNothing = {init: () => ({}), resets: {}} as const;

const decayedOptions = z.strictObject({weightDecay: decayOption, mask: maskOption.optional()});

const scaleOptions = z.strictObject({factor: z.number()});

/**
 * Adds `weightDecay * p` to the update of every parameter `p`: before the moments an L2 penalty, after them decoupled weight decay.
 * As `optax.add_decayed_weights`.
 * @param weightDecay - at least 0
 * @param mask - the parameters that decay; default all
 * @throws RangeError with the value it got
 */
export function addDecayedWeights(weightDecay: number, mask?: Mask): GradientTransformation {
  checkedOptions('addDecayedWeights', decayedOptions, {weightDecay, mask});
  const ofAll: GradientTransformation = {
    ...keepsNothing,
    parts: [{name: 'addDecayedWeights', options: {weightDecay}}],
    update: (updates, state, params) => ({
      updates:
        weightDecay === 0
          ? updates
          : zipTrees<Tensor, Tensor, Tensor>(updates, params, (update, param) =>
              tf.add(update, tf.mul(param, weightDecay)),
            ),
      state,
    }),
  };
  return mask ? masked(ofAll, mask) : ofAll;
}

/**
 * Takes `learningRate * weightDecay * p` from the update of every parameter `p`: decoupled weight decay behind `scaleByLearningRate`.
 * @param weightDecay - at least 0
 * @param mask - the parameters that decay; default all
 * @throws RangeError with the value it got
 */
export function subtractDecayedWeights(weightDecay: number, mask?: Mask): GradientTransformation {
  checkedOptions('subtractDecayedWeights', decayedOptions, {weightDecay, mask});
  const ofAll: GradientTransformation = {
    ...keepsNothing,
    update(updates, state, params, {learningRate}) {
      const factor = tf.mul(learningRate, weightDecay);
      return {
        updates: zipTrees<Tensor, Tensor, Tensor>(updates, params, (update, param) =>
          tf.sub(update, tf.mul(param, factor)),
        ),
        state,
      };
    },
  };
  return mask ? masked(ofAll, mask) : ofAll;
}

/** Multiplies the updates by minus the learning rate of the step: the end of a chain. As `optax.scale_by_learning_rate`. */
export function scaleByLearningRate(): GradientTransformation {
  return {
    ...keepsNothing,
    parts: [{name: 'scaleByLearningRate', options: {}}],
    update(updates, state, _, {learningRate}) {
      const factor = tf.neg(learningRate);
      return {updates: mapTree<Tensor, Tensor>(updates, (update) => tf.mul(update, factor)), state};
    },
  };
}

/**
 * Multiplies the updates by a number. As `optax.scale`.
 * @throws RangeError unless it is finite
 */
export function scale(factor: number): GradientTransformation {
  checkedOptions('scale', scaleOptions, {factor});
  return {
    ...keepsNothing,
    parts: [{name: 'scale', options: {factor}}],
    update: (updates, state) => ({
      updates: factor === 1 ? updates : mapTree<Tensor, Tensor>(updates, (update) => tf.mul(update, factor)),
      state,
    }),
  };
}
