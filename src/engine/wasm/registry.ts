import {setKernel} from '../kernel-registry.js';
import {tf} from '../tf.js';
import type {KernelFunc, TensorInfo, WasmBackend} from './types.js';

/** Replaces a kernel of the wasm backend, or adds one that it lacks. @param make - is given the kernel that was there */
export function replaceKernel(kernelName: string, make: (shipped: KernelFunc | undefined) => KernelFunc): void {
  setKernel(kernelName, 'wasm', make as never);
}

/** A kernel of the wasm backend as it is registered now, with our replacements, for kernels that are made of others. */
export function kernel(kernelName: string): KernelFunc {
  return tf.getKernel(kernelName, 'wasm').kernelFunc as unknown as KernelFunc;
}

/** A tensor's values on the wasm heap. The view is stale after the next allocation: take it after all of them. */
export function heapView(backend: WasmBackend, info: TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(info) as Float32Array;
}

/** The same values under another shape; it has the owner of `info`. */
export function reshaped(info: TensorInfo, shape: number[]): TensorInfo {
  return {dataId: info.dataId, shape, dtype: info.dtype};
}
