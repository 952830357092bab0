import type {NdArray} from '../contract/index.js';
import {alignedFloat32Array} from './tensorflow/aligned.js';

/** Rows of a larger array that nobody has copied yet. */
export interface UnreadRows {
  readonly source: NdArray;
  /** Numbers of rows of `source`, along its first dimension, in the array's order. */
  readonly rows: Uint32Array;
}

/** Looked up by identity: what is made from such an array by spreading it is another one, with values of its own. */
const unread = new WeakMap<NdArray, UnreadRows>();

/**
 * Makes arrays of `count` rows of `source`, one at a time: the next one takes the memory of the one before. The rows are
 * copied when the array's `data` is first asked for; an engine that holds `source` itself never asks.
 * @param source - never changes
 * @returns a function of the rows' numbers, which must not change either
 */
export function rowTaker(source: NdArray, count: number): (rows: Uint32Array) => NdArray {
  const shape = [count, ...source.shape.slice(1)];
  let buffer: NdArray | undefined;
  let owner: NdArray | undefined;
  return (rows) => {
    const array: NdArray = {
      shape,
      dtype: source.dtype,
      get data() {
        buffer ??= {shape, dtype: source.dtype, data: bufferFor(source, count)};
        // Whoever has asked once may have changed the values since.
        unread.delete(array);
        if (owner !== array) copyRows(source, rows, buffer);
        owner = array;
        return buffer.data;
      },
    };
    unread.set(array, {source, rows});
    return array;
  };
}

/** Where an array's values are to be found as long as it has no copy of them. */
export function unreadRowsOf(array: NdArray): UnreadRows | undefined {
  return unread.get(array);
}

type Values = Pick<NdArray, 'data' | 'shape'>;

/** Copies the rows of `source` that `rows` names into `target`, in their order. */
export function copyRows({data, shape}: Values, rows: ArrayLike<number>, target: Values): void {
  const width = data.length / shape[0]!;
  if (width === 1) {
    for (let i = 0; i < rows.length; i++) target.data[i] = data[rows[i]!]!;
    return;
  }
  for (let i = 0; i < rows.length; i++)
    target.data.set(data.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width);
}

/** Memory for `count` rows, where the engine takes it without a copy. */
function bufferFor({data, shape}: NdArray, count: number): NdArray['data'] {
  const length = count * (data.length / shape[0]!);
  return data instanceof Float32Array ? alignedFloat32Array(length) : data.slice(0, length);
}
