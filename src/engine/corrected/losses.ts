import type * as TF from '@tensorflow/tfjs-core';
import {formOf, type Tensor} from '../../contract/index.js';
import {crossEntropy} from '../cross-entropy.js';
import {tf} from '../tf.js';

/**
 * As tfjs 4.22 has it, but for gradients: there that by the labels is that by the logits with the other sign, and that by the logits
 * holds for labels alone that add up to 1.
 */
function softmaxCrossEntropy<Result extends TF.Tensor>(
  onehotLabels: TF.Tensor | TF.TensorLike,
  logits: TF.Tensor | TF.TensorLike,
  weights?: TF.Tensor | TF.TensorLike,
  labelSmoothing = 0,
  reduction = tf.Reduction.SUM_BY_NONZERO_WEIGHTS,
): Result {
  return tf.tidy(() => {
    const [labels, given] = [tf.clone(onehotLabels as Tensor), tf.clone(logits as Tensor)];
    if (String(labels.shape) !== String(given.shape))
      throw new Error(`softmaxCrossEntropy: labels ${formOf(labels)} and logits ${formOf(given)} must have one shape`);
    const classes = given.shape.at(-1)!;
    const smooth = labelSmoothing > 0 ? tf.add(tf.mul(labels, 1 - labelSmoothing), labelSmoothing / classes) : labels;
    return tf.losses.computeWeightedLoss(crossEntropy(given, smooth), weights, reduction) as Result;
  });
}

// At once: once an engine is open, the library can't be changed.
tf.losses.softmaxCrossEntropy = softmaxCrossEntropy;
