import {z} from 'zod';
import {type Tensor, zipTrees} from '../contract/index.js';
import {section, tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {type AdamwOptions, adamwOptions} from './adamw.js';
import {chain} from './chain.js';
import {transformation} from './checks.js';
import {beta2, oneMinusBeta1, weightDecay} from './hyperparameters.js';
import {namedOptimizer} from './named-optimizer.js';
import {scaleByAdam} from './scale-by-adam.js';
import {addDecayedWeights, scaleByLearningRate} from './stateless.js';
import type {GradientTransformation} from './transformation.js';

/** The least share of a parameter's entries that its mask is taken to keep. */
const LEAST_SHARE = 1e-3;

const cautiousOptions = z.strictObject({inner: transformation});

/**
 * Keeps of a transformation's updates only the entries whose sign is that of what it was given, and makes these larger by as much
 * as entries are lost, parameter by parameter:
 *     mask = u g > 0,   u = u mask / max(mean(mask), 1e-3)
 * Its state is that of `inner`.
 * @param given - `inner`, the first of a chain, so that what it is given are the gradients
 * @throws RangeError if it is something else
 * @see {@link https://arxiv.org/abs/2411.16085 | Liang et al. 2024}
 */
export function cautious(given: GradientTransformation): GradientTransformation {
  const {parts: _, ...inner} = checkedOptions('cautious', cautiousOptions, {inner: given}).inner;
  const {update} = inner;
  return {
    ...inner,
    update(gradients, ...given) {
      const {updates, state} = update(gradients, ...given);
      const agreeing = zipTrees<Tensor, Tensor, Tensor>(updates, gradients, (each, gradient) =>
        section(() => agreeingPart(each, gradient)),
      );
      return {updates: agreeing, state};
    },
  };
}

function agreeingPart(update: Tensor, gradient: Tensor): Tensor {
  // Of signs, since the product of small numbers may be 0.
  const mask = tf.relu(tf.mul(tf.sign(update), tf.sign(gradient)));
  return tf.mul(update, tf.div(mask, tf.maximum(tf.mean(mask), LEAST_SHARE)));
}

/**
 * `nadamw` that takes no step against the gradient's sign: the mask of `cautious` comes before the weight decay.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/2411.16085 | Liang et al. 2024}; as the entry of AlgoPerf's leaderboard
 */
export function cautiousNadamw(given: AdamwOptions): GradientTransformation {
  const {weightDecay, mask, ...options} = checkedOptions('cautiousNadamw', adamwOptions, given);
  const direction = cautious(scaleByAdam({...options, nesterov: true}));
  return chain(direction, addDecayedWeights(weightDecay, mask), scaleByLearningRate());
}

/** `cautious_nadamw` as a config names it. */
export const namedCautiousNadamw = namedOptimizer({
  hyperparameters: z.object({one_minus_beta1: oneMinusBeta1, beta2, weight_decay: weightDecay}),
  make: ({oneMinusBeta1, beta2, weightDecay}) => cautiousNadamw({b1: 1 - oneMinusBeta1, b2: beta2, weightDecay}),
});
