import type {Batch, Loss, LossArguments, Tensor} from '../../src/contract/index.js';
import {tf} from '../../src/engine/index.js';

/**
 * Sigmoid cross-entropy of the answers that are known, as AlgoPerf has it: `weights` [graphs, tasks] is 0 for the others, whose targets
 * may be anything, NaN as well. Label smoothing `s` makes a target `(1 - s) * target + s / tasks`.
 */
export function taskLoss({logits, batch, labelSmoothing = 0}: LossArguments<Tensor>): Loss {
  const weights = batch.weights!;
  const tasks = logits.shape[1]!;
  // NaN times 0 is NaN: what is unknown is replaced before anything is computed with it.
  const known = tf.where(tf.greater(weights, 0), batch.targets!, tf.zerosLike(batch.targets!));
  const targets = labelSmoothing === 0 ? known : tf.add(tf.mul(known, 1 - labelSmoothing), labelSmoothing / tasks);
  const losses = tf.add(tf.sub(tf.relu(logits), tf.mul(logits, targets)), tf.log1p(tf.exp(tf.neg(tf.abs(logits)))));
  const perExample = tf.mul(losses, weights) as Tensor; // [graphs, tasks]
  // Of a batch in which nothing is known the loss is 0, and no step is made of it.
  return {summed: tf.sum(perExample), nValidExamples: tf.maximum(tf.sum(weights), 1), perExample};
}

/** What an evaluation sums over the answers that are known: the loss, and how many are right, which a logit above 0 means to be 1. */
export function taskSums(logits: Tensor, batch: Batch): {accuracy: Tensor; loss: Tensor} {
  const isRight = tf.equal(tf.cast(tf.greater(logits, 0), 'float32'), batch.targets!);
  return {
    accuracy: tf.sum(tf.mul(tf.cast(isRight, 'float32'), batch.weights!)),
    loss: taskLoss({logits, batch}).summed,
  };
}
