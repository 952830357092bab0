import {sizeOf} from '../../contract/index.js';
import type {HostData} from './binding.js';
import {dataTypes} from './graph-def.js';

/** The values of a constant in a graph. */
export interface ConstantBytes {
  /** Row-major, little-endian; of a constant that is one float32 value throughout, that value once. */
  readonly bytes: Uint8Array;
}

/** A copy: the memory may be used again before the graph is made. */
export function constantBytes(data: HostData): ConstantBytes {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const isUniform = data instanceof Float32Array && bytes.subarray(BYTES).equals(bytes.subarray(0, -BYTES));
  return {bytes: Uint8Array.from(isUniform ? bytes.subarray(0, BYTES) : bytes)};
}

/** Of a float32. */
const BYTES = 4;

/** The values that a constant stands for. */
export function valuesOf({dtype, shape, bytes}: ConstantBytes & {dtype: number; shape: readonly number[]}): HostData {
  const {buffer} = bytes.slice();
  if (dtype === dataTypes.int32) return new Int32Array(buffer);
  if (dtype !== dataTypes.float32) return new Uint8Array(buffer);
  const values = new Float32Array(buffer);
  return values.length === sizeOf(shape) ? values : new Float32Array(sizeOf(shape)).fill(values[0]!);
}
