import type {Batch, Loss, LossArguments, Tensor} from '../contract/index.js';
import {crossEntropy} from './cross-entropy.js';
import {tf} from './tf.js';

/** A dense layer's parameters: `kernel` [inputs, outputs], `bias` [outputs]. */
export interface DenseParams {
  readonly kernel: Tensor;
  readonly bias: Tensor;
}

/** `x @ kernel + bias`: [batch, inputs] to [batch, outputs]. */
export function dense({kernel, bias}: DenseParams, x: Tensor): Tensor {
  return tf.add(tf.matMul(x as never, kernel as never), bias);
}

/**
 * Softmax cross-entropy of `logits` [batch, classes] against class numbers [batch] (int32) or distributions
 * [batch, classes]. With label smoothing `s` every distribution becomes `(1 - s) * targets + s / classes`.
 * Same values as `optax.softmax_cross_entropy` of `optax.smooth_labels`.
 */
export function softmaxCrossEntropy({logits, targets, weights, labelSmoothing = 0}: LossArguments): Loss {
  const classes = logits.shape.at(-1)!;
  const hard = targets.rank < logits.rank ? tf.cast(tf.oneHot(targets as never, classes), 'float32') : targets;
  const labels = labelSmoothing === 0 ? hard : tf.add(tf.mul(hard, 1 - labelSmoothing), labelSmoothing / classes);
  const unweighted = crossEntropy(logits, labels);
  if (!weights)
    return {summed: tf.sum(unweighted), nValidExamples: tf.scalar(logits.shape[0]!), perExample: unweighted};
  const perExample = tf.mul(unweighted, weights);
  return {summed: tf.sum(perExample), nValidExamples: tf.sum(weights), perExample};
}

/**
 * What a classifier's evaluation sums over a batch: `accuracy`, how many of the examples that count have their largest logit
 * at their target, and `loss`, their softmax cross-entropy.
 * @param batch - `targets` [batch] int32 and `weights` [batch]
 */
export function classifierSums(logits: Tensor, {targets, weights}: Batch): {accuracy: Tensor; loss: Tensor} {
  const {summed} = softmaxCrossEntropy({logits, targets: targets!, weights: weights!});
  const isRight = tf.cast(tf.equal(tf.argMax(logits, -1), targets!), 'float32'); // [batch]
  return {accuracy: tf.sum(tf.mul(isRight, weights!)), loss: summed};
}
