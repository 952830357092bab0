import type * as TF from '@tensorflow/tfjs-core';
import {tf} from './tf.js';

/** Replaces a kernel of a backend, or adds one that it lacks. @param make - is given the one that was there */
export function setKernel(
  kernelName: string,
  backendName: string,
  make: (shipped: TF.KernelFunc | undefined) => TF.KernelFunc,
): void {
  const shipped = tf.getKernel(kernelName, backendName);
  if (shipped) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({...shipped, kernelName, backendName, kernelFunc: make(shipped?.kernelFunc)});
}

/** Replaces a kernel of a backend, if it has it. @param make - is given the one that was there */
export function wrapKernel(
  kernelName: string,
  backendName: string,
  make: (shipped: TF.KernelFunc) => TF.KernelFunc,
): void {
  if (tf.getKernel(kernelName, backendName)) setKernel(kernelName, backendName, (shipped) => make(shipped!));
}
