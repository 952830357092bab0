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

/** What the arrays of one taker share. */
interface Taker {
  readonly source: NdArray;
  readonly shape: readonly number[];
  buffer: NdArray | undefined;
  /** Whose values are in the buffer. */
  owner: NdArray | undefined;
}

/** The arrays that takers have made, with the rows of each. */
const taken = new WeakMap<NdArray, {readonly taker: Taker; readonly rows: Uint32Array}>();

/**
 * The property `data` of all of them: copies the rows when it is read. One getter for all, since V8 makes an object with a
 * getter of its own a hidden class of its own, which its quick garbage collection never gives back.
 */
const rowData = {
  enumerable: true,
  get(this: NdArray): NdArray['data'] {
    const {taker, rows} = taken.get(this)!;
    const {source, shape} = taker;
    taker.buffer ??= {shape, dtype: source.dtype, data: bufferFor(source, shape[0]!)};
    // Whoever has asked once may have changed the values since.
    unread.delete(this);
    if (taker.owner !== this) copyRows(source, rows, taker.buffer);
    taker.owner = this;
    return taker.buffer.data;
  },
};

/**
 * Makes arrays of `count` rows of `source`, one at a time: the next one takes the memory of the one before. The rows are
 * copied when the array's `data` is first asked for; an engine that holds `source` itself never asks.
 * @param source - never changes
 * @returns a function of the rows' numbers, which must not change either
 */
export function rowTaker(source: NdArray, count: number): (rows: Uint32Array) => NdArray {
  const shape: readonly number[] = [count, ...source.shape.slice(1)];
  const taker: Taker = {source, shape, buffer: undefined, owner: undefined};
  return (rows) => {
    const array = Object.defineProperty({shape, dtype: source.dtype} as NdArray, 'data', rowData);
    taken.set(array, {taker, rows});
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
