import type * as TF from '@tensorflow/tfjs-core';
import type {Tensor} from '../../contract/index.js';
import {tf} from '../tf.js';
import {correctGradient} from './registry.js';

/** The names of kernels of gradients: inputs `dy` and `y`, the output. TensorFlow has one for each. */
export const RELU_GRADIENT = 'ReluGradient';
export const SIGMOID_GRADIENT = 'SigmoidGradient';

/**
 * The gradients of relu and sigmoid from their outputs, as one operation where the engine has it. tfjs 4.22 makes them in three:
 * as many passes over memory; that of relu from the input, which has to be kept until then.
 */
export function replaceActivationGradients(): void {
  const saves = {inputsToSave: [], outputsToSave: [true]};
  for (const [operation, {kernelName, composed, ofOutput}] of Object.entries(activations)) {
    correctGradient(
      operation,
      () =>
        (dy, [y]) => ({x: () => gradient(kernelName, dy, y!)}),
      saves,
    );
    if (tf.getKernel(kernelName, 'cpu')) continue;
    for (const backendName of ['wasm', 'cpu']) {
      const kernelFunc: TF.KernelFunc = ({inputs}) =>
        tf.tidy(() => composed(inputs.dy as Tensor, inputs.y as Tensor)) as TF.TensorInfo;
      tf.registerKernel({kernelName, backendName, kernelFunc});
    }
    // For gradients of gradients.
    tf.registerGradient({
      kernelName,
      inputsToSave: ['dy', 'y'],
      gradFunc: (upstream, [dy, y]) => ({
        dy: () => gradient(kernelName, upstream as Tensor, y!),
        y: () => tf.mul(upstream as Tensor, ofOutput(dy!, y!)),
      }),
    });
  }
}

interface Activation {
  readonly kernelName: string;
  /** For the backends that run op by op. */
  readonly composed: (dy: Tensor, y: Tensor) => Tensor;
  /** What `composed` gives, differentiated by `y`. */
  readonly ofOutput: (dy: Tensor, y: Tensor) => Tensor;
}

const activations: {readonly [operation: string]: Activation} = {
  Relu: {
    kernelName: RELU_GRADIENT,
    composed: (dy, y) => tf.mul(dy, tf.step(y)),
    ofOutput: (_, y) => tf.zerosLike(y),
  },
  Sigmoid: {
    kernelName: SIGMOID_GRADIENT,
    composed: (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))),
    ofOutput: (dy, y) => tf.mul(dy, tf.sub(1, tf.mul(2, y))),
  },
};

function gradient(kernelName: string, dy: Tensor, y: Tensor): Tensor {
  return tf.engine().runKernel(kernelName, {dy, y} as never) as Tensor;
}
