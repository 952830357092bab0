/** The kinds of values that tensors hold. */
export type DType = 'float32' | 'int32' | 'bool';

/** Values on the host, outside the compute engine: row-major, `data.length` is the product of `shape`. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Float32Array for float32, Int32Array for int32, Uint8Array (0 or 1) for bool. */
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** The number of values that `shape` holds; 1 for a scalar's empty shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

/** A float32 array of zeros. */
export function zeros(shape: readonly number[]): NdArray {
  return {shape, dtype: 'float32', data: new Float32Array(sizeOf(shape))};
}

/** A float32 array in which every value is `value`. */
export function full(shape: readonly number[], value: number): NdArray {
  return {shape, dtype: 'float32', data: new Float32Array(sizeOf(shape)).fill(value)};
}

/** Memory for `length` values of the kind that `data` holds, all 0. */
export function zerosLike(data: NdArray['data'], length: number): NdArray['data'] {
  if (data instanceof Float32Array) return new Float32Array(length);
  return data instanceof Int32Array ? new Int32Array(length) : new Uint8Array(length);
}

/** What an array or a tensor is, for messages: `float32 [2, 3]`. */
export function formOf({dtype, shape}: {readonly dtype: string; readonly shape: readonly number[]}): string {
  return `${dtype} [${shape.join(', ')}]`;
}
