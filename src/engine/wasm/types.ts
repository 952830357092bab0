import type * as TF from '@tensorflow/tfjs-core';
import type {DType} from '../../contract/index.js';

export type TensorInfo = TF.TensorInfo;

/** What the kernels here use of the wasm backend. */
export interface WasmBackend {
  makeOutput(shape: number[], dtype: DType): TensorInfo;
  typedArrayFromHeap(info: TensorInfo): Float32Array | Int32Array | Uint8Array;
  disposeData(dataId: object): boolean;
  /** tfjs's compiled module; `memory` is a `WebAssembly.Memory`. */
  readonly wasm: {readonly asm: {readonly memory: object}};
}

export interface KernelCall {
  // biome-ignore lint/suspicious/noExplicitAny: each kernel has inputs of its own
  readonly inputs: any;
  // biome-ignore lint/suspicious/noExplicitAny: and attributes of its own
  readonly attrs: any;
  readonly backend: WasmBackend;
}

export type KernelFunc = (call: KernelCall) => TensorInfo;
