import type * as TF from '@tensorflow/tfjs-core';
import type {Tensor} from '../../contract/index.js';
import {tf} from '../tf.js';

/** The gradients of an operation's inputs, by their names, each made when it is asked for. */
export type InputGradients = {readonly [name: string]: () => Tensor};

/**
 * @param dy - the loss's gradient with respect to the operation's output
 * @param saved - what the operation's gradient keeps of the forward pass: `inputsToSave`, then `outputsToSave`
 * @param attributes - the operation's own
 */
// biome-ignore lint/suspicious/noExplicitAny: each operation has attributes of its own
export type Gradient = (dy: Tensor, saved: Tensor[], attributes: any) => InputGradients;

const corrected = new Set<TF.GradFunc>();

/**
 * Replaces the gradient of an operation, unless it was replaced here before.
 * @param make - is given the one that was there
 * @param saves - what it keeps of the forward pass, where that is not what the one that was there keeps
 */
export function correctGradient(
  kernelName: string,
  make: (shipped: Gradient) => Gradient,
  saves: Pick<TF.GradConfig, 'inputsToSave' | 'outputsToSave'> = {},
): void {
  const shipped = tf.getGradient(kernelName);
  if (corrected.has(shipped.gradFunc)) return;
  tf.unregisterGradient(kernelName);
  const gradFunc = make(shipped.gradFunc as unknown as Gradient) as unknown as TF.GradFunc;
  tf.registerGradient({...shipped, ...saves, gradFunc});
  corrected.add(gradFunc);
}
