import type {NdArray} from '../contract/index.js';
import {alignedFloat32Array} from './tensorflow/aligned.js';

/** Rows of a larger array that nobody has copied yet. */
export interface UnreadRows {
  readonly source: NdArray;
  /** Numbers of rows of `source`, along its first dimension, in the array's order. */
  readonly rows: Uint32Array;
}

/** What the arrays of one taker share. */
interface Taker {
  readonly source: NdArray;
  readonly shape: readonly number[];
  buffer: NdArray | undefined;
  /** Whose values are in the buffer. */
  owner: NdArray | undefined;
}

interface Taken extends UnreadRows {
  readonly taker: Taker;
  /** Whether somebody has asked for the values, and may have changed them since. */
  isRead: boolean;
}

/** Not enumerable: what is made from such an array by spreading it is another one, with values of its own. */
const TAKEN = Symbol('taken');

type RowsArray = NdArray & {readonly [TAKEN]?: Taken};

/**
 * The property `data` of all such arrays: copies the rows when it is read. One getter for all, since V8 makes an object with a
 * getter of its own a hidden class of its own, which its quick garbage collection never gives back.
 */
const rowData = {
  enumerable: true,
  get(this: RowsArray): NdArray['data'] {
    const taken = this[TAKEN]!;
    const {taker, source, rows} = taken;
    taker.buffer ??= {shape: taker.shape, dtype: source.dtype, data: bufferFor(source, rows.length)};
    taken.isRead = true;
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
    const taken: Taken = {source, rows, taker, isRead: false};
    const array = Object.defineProperty({shape, dtype: source.dtype}, TAKEN, {value: taken});
    return Object.defineProperty(array, 'data', rowData) as RowsArray;
  };
}

/** Where an array's values are to be found as long as it has no copy of them. */
export function unreadRowsOf(array: RowsArray): UnreadRows | undefined {
  const taken = array[TAKEN];
  return taken && !taken.isRead ? taken : undefined;
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
