import type {Tensor} from '../contract/index.js';
import {frozen} from '../support/index.js';
import {hasOwnKernel} from './tensorflow/own-operations.js';
import {tf} from './tf.js';

/** A kernel that an engine may have: inputs `logits` and `labels` [n, classes], output `losses` [n]. */
export const CROSS_ENTROPY = 'SoftmaxCrossEntropy';
/** Its gradient: inputs `upstream` [n], `logits` and `labels`, output the logits' gradient. */
export const CROSS_ENTROPY_GRADIENT = 'SoftmaxCrossEntropyGradient';

/** `-sum(labels * logSoftmax(logits))` over the last dimension, as one operation where the engine has it. */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const isFloat = [logits, labels].every(({dtype}) => dtype === 'float32');
  const isPlain = isFloat && logits.rank === 2 && String(logits.shape) === String(labels.shape);
  if (!isPlain || !hasOwnKernel(CROSS_ENTROPY)) return tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), -1));
  return tf.engine().runKernel(CROSS_ENTROPY, {logits, labels} as never) as Tensor;
}

/** For an engine that has the kernels. */
export function registerCrossEntropyGradients(): void {
  tf.registerGradient({
    kernelName: CROSS_ENTROPY,
    inputsToSave: ['logits', 'labels'],
    gradFunc: (dy, [logits, labels]) => ({
      logits: () => logitsGradient(dy as Tensor, logits as Tensor, labels as Tensor),
      labels: () => tf.neg(tf.mul(column(dy as Tensor), tf.logSoftmax(logits!))),
    }),
  });
  // For gradients of gradients: of upstream * (sum(labels) * softmax(logits) - labels).
  tf.registerGradient({
    kernelName: CROSS_ENTROPY_GRADIENT,
    inputsToSave: ['upstream', 'logits', 'labels'],
    gradFunc: (dy, saved) => {
      const [upstream, logits, labels] = saved as [Tensor, Tensor, Tensor];
      const softmax = tf.softmax(logits);
      const total = sumOfRow(labels);
      const along = sumOfRow(tf.mul(dy as Tensor, softmax));
      return {
        upstream: () => tf.sum(tf.mul(dy as Tensor, tf.sub(tf.mul(total, softmax), labels)), -1),
        logits: () => tf.mul(tf.mul(column(upstream), total), tf.mul(softmax, tf.sub(dy as Tensor, along))),
        labels: () => tf.mul(column(upstream), tf.sub(along, dy as Tensor)),
      };
    },
  });
}

function logitsGradient(upstream: Tensor, logits: Tensor, labels: Tensor): Tensor {
  return tf.engine().runKernel(CROSS_ENTROPY_GRADIENT, {upstream, logits, labels} as never) as Tensor;
}

const column = (values: Tensor): Tensor => tf.expandDims(values, 1);
const sumOfRow = (values: Tensor): Tensor => tf.sum(values, -1, true);

/** The names of the kernels' inputs, in the order that operations take them. */
export const crossEntropyInputs: {readonly [kernelName: string]: readonly string[]} = frozen({
  [CROSS_ENTROPY]: ['logits', 'labels'],
  [CROSS_ENTROPY_GRADIENT]: ['upstream', 'logits', 'labels'],
});
