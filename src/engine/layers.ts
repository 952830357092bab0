import {type Batch, formOf, type Loss, type LossArguments, type Tensor} from '../contract/index.js';
import {requireInRange} from '../support/index.js';
import {crossEntropy} from './cross-entropy.js';
import {requireParams, requireTensors, requireTensorsIfGiven} from './layer-tensors.js';
import {type LinearOptions, linear} from './linear.js';
import {tf} from './tf.js';

/** A dense layer's parameters: `kernel` [inputs, ...outputs], `bias` [...outputs]. */
export interface DenseParams {
  readonly kernel: Tensor;
  readonly bias: Tensor;
}

/**
 * `x @ kernel + bias`: [..., inputs] to [..., ...outputs], or with several dimensions of inputs, as {@link linear}.
 * @throws RangeError naming what is no tensor, or with both shapes if the kernel is not of these inputs
 */
export function dense(params: DenseParams, x: Tensor, options?: LinearOptions): Tensor {
  requireParams('dense', params, ['kernel', 'bias']);
  requireTensors('dense', {x});
  return tf.add(linear(params.kernel, x, options), params.bias);
}

/** What a cross-entropy is computed from. */
export interface CrossEntropyOptions {
  /** [..., classes] */
  readonly logits: Tensor;
  /** Class numbers [...] (int32), or distributions [..., classes]. A number that is no class stands for zeros, as in `jax.nn.one_hot`. */
  readonly targets: Tensor;
  /** [...], 0 where nothing counts. Absent: all counts. */
  readonly weights?: Tensor | undefined;
  /** In [0, 1); default 0. */
  readonly labelSmoothing?: number | undefined;
}

/**
 * Softmax cross-entropy of each example, token or pixel. With label smoothing `s` every distribution becomes
 * `(1 - s) * targets + s / classes`. Same values as `optax.softmax_cross_entropy` of `optax.smooth_labels`.
 * @throws RangeError naming what is no tensor, of another shape, or a smoothing outside of [0, 1]
 */
export function softmaxCrossEntropy({logits, targets, weights, labelSmoothing = 0}: CrossEntropyOptions): Loss {
  requireTensors('softmaxCrossEntropy', {logits, targets});
  requireTensorsIfGiven('softmaxCrossEntropy', {weights});
  requireInRange('labelSmoothing', labelSmoothing, 0, 1);
  requireClasses({logits, targets, weights});
  const classes = logits.shape.at(-1)!;
  const hard = targets.rank < logits.rank ? tf.cast(tf.oneHot(targets as never, classes), 'float32') : targets;
  const labels = labelSmoothing === 0 ? hard : tf.add(tf.mul(hard, 1 - labelSmoothing), labelSmoothing / classes);
  const unweighted = crossEntropyOf(logits, labels); // [...]
  if (!weights) return {summed: tf.sum(unweighted), nValidExamples: tf.scalar(unweighted.size), perExample: unweighted};
  const perExample = tf.mul(unweighted, weights);
  return {summed: tf.sum(perExample), nValidExamples: tf.sum(weights), perExample};
}

/** Of other shapes, what is one for each example would become one for each pair of them. */
function requireClasses({logits, targets, weights}: CrossEntropyOptions): void {
  const each = logits.shape.slice(0, -1);
  const shapes = `[${each.join(', ')}]`;
  const isOf = (tensor: Tensor, shape: readonly number[]): boolean => String(tensor.shape) === String(shape);
  const areClasses = isOf(targets, each) && targets.dtype === 'int32';
  if (!areClasses && !isOf(targets, logits.shape))
    throw new RangeError(
      `softmaxCrossEntropy: for logits [${logits.shape.join(', ')}] targets must be class numbers int32 ${shapes} or distributions [${logits.shape.join(', ')}]; found ${formOf(targets)}`,
    );
  if (weights && !isOf(weights, each))
    throw new RangeError(
      `softmaxCrossEntropy: weights must be ${shapes}, one for each target; found ${formOf(weights)}`,
    );
}

/** The engine's own operation takes matrices. */
function crossEntropyOf(logits: Tensor, labels: Tensor): Tensor {
  if (logits.rank === 2) return crossEntropy(logits, labels);
  const rows = (values: Tensor): Tensor => tf.reshape(values, [-1, logits.shape.at(-1)!]);
  return tf.reshape(crossEntropy(rows(logits), rows(labels)), logits.shape.slice(0, -1));
}

/** The `lossFn` of a workload that has `targets`, and `weights` where not all of them count: {@link softmaxCrossEntropy}. */
export function classifierLoss({logits, batch, labelSmoothing}: LossArguments<Tensor>): Loss {
  return softmaxCrossEntropy({logits, targets: batch.targets!, weights: batch.weights, labelSmoothing});
}

/**
 * What a classifier's evaluation sums over a batch: `accuracy`, how many of the examples that count have their largest logit
 * at their target, and `loss`, their softmax cross-entropy.
 * @param batch - `targets` [batch] int32 and `weights` [batch]
 * @throws RangeError naming what is no tensor, or of another shape
 */
export function classifierSums(logits: Tensor, {targets, weights}: Batch): {accuracy: Tensor; loss: Tensor} {
  requireTensors('classifierSums', {targets, weights});
  const {summed} = softmaxCrossEntropy({logits, targets: targets!, weights: weights!});
  if (targets!.rank === logits.rank)
    throw new RangeError(`classifierSums: targets must be class numbers; found ${formOf(targets!)}`);
  const isRight = tf.cast(tf.equal(tf.argMax(logits, -1), targets!), 'float32'); // [batch]
  return {accuracy: tf.sum(tf.mul(isRight, weights!)), loss: summed};
}
