import type {TensorflowCandidate} from '../../native/index.js';
import type {AddonReport} from '../../native/install/index.js';
import {answer} from '../../support/index.js';
import {tf} from '../tf.js';
import {registerTensorflow} from './load.js';

await answer(checkAddon);

/** Multiplies two matrices and descends a small loss. @throws Error that says what came out wrong */
async function checkAddon(candidate: TensorflowCandidate): Promise<AddonReport> {
  registerTensorflow(candidate);
  await tf.setBackend('tensorflow');
  const product = [...tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).dataSync()];
  if (product.join() !== '19,22,43,50') throw new Error(`a product of two matrices came out as ${product.join(', ')}`);
  const losses = descend(5);
  if (!losses.every((loss, i) => loss < (losses[i - 1] ?? Infinity))) {
    throw new Error(`the losses of five steps of descent do not fall: ${losses.join(', ')}`);
  }
  const backend = tf.backend() as unknown as {binding: {TF_Version: string}; isUsingGpuDevice: boolean};
  return {version: backend.binding.TF_Version, gpu: backend.isUsingGpuDevice};
}

/** Linear regression through a tanh by gradient descent: the loss of each step. */
function descend(steps: number): number[] {
  const inputs = tf.reshape(tf.linspace(-1, 1, 32), [16, 2]) as ReturnType<typeof tf.tensor2d>;
  const targets = tf.sum(inputs, 1, true);
  const lossOf = (weights: typeof inputs) =>
    tf.mean(tf.squaredDifference(tf.tanh(tf.matMul(inputs, weights)), targets));
  let weights = tf.zeros([2, 1]) as typeof inputs;
  return Array.from({length: steps}, () => {
    const {value, grad} = tf.valueAndGrad(lossOf as never)(weights);
    weights = tf.sub(weights, tf.mul(grad, 0.1));
    return value.dataSync()[0]!;
  });
}
