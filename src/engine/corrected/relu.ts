import type * as TF from '@tensorflow/tfjs-core';
import type {Tensor} from '../../contract/index.js';
import {tf} from '../tf.js';
import {correctGradient} from './registry.js';

/** The name of the kernel of relu's gradient: inputs `dy` and `y`, the output. */
export const RELU_GRADIENT = 'ReluGradient';

/**
 * The gradient of relu from its output. tfjs 4.22 makes it from the input in three operations: twice the passes over memory,
 * and the input has to be kept until then.
 */
export function replaceReluGradient(): void {
  const saves = {inputsToSave: [], outputsToSave: [true]};
  correctGradient(
    'Relu',
    () =>
      (dy, [y]) => ({x: () => reluGradient(dy, y!)}),
    saves,
  );
  if (tf.getKernel(RELU_GRADIENT, 'cpu')) return;
  for (const backendName of ['wasm', 'cpu']) {
    tf.registerKernel({kernelName: RELU_GRADIENT, backendName, kernelFunc: composed});
  }
  // For gradients of gradients; on the output they do not depend, but where it is 0.
  tf.registerGradient({
    kernelName: RELU_GRADIENT,
    inputsToSave: ['y'],
    gradFunc: (dy, [y]) => ({dy: () => reluGradient(dy as Tensor, y!), y: () => tf.zerosLike(y!)}),
  });
}

function reluGradient(dy: Tensor, y: Tensor): Tensor {
  return tf.engine().runKernel(RELU_GRADIENT, {dy, y} as never) as Tensor;
}

/** For the backends that run op by op. */
function composed({inputs}: Parameters<TF.KernelFunc>[0]): TF.TensorInfo {
  const {dy, y} = inputs as unknown as {dy: Tensor; y: Tensor};
  return tf.tidy(() => tf.mul(dy, tf.step(y)));
}
