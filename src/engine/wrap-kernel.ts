import type * as TF from '@tensorflow/tfjs-core';
import {tf} from './tf.js';

/** Replaces a kernel of a backend, if it has it. @param make - is given the one that was there */
export function wrapKernel(
  kernelName: string,
  backendName: string,
  make: (shipped: TF.KernelFunc) => TF.KernelFunc,
): void {
  const shipped = tf.getKernel(kernelName, backendName);
  if (!shipped) return;
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({...shipped, kernelFunc: make(shipped.kernelFunc)});
}
