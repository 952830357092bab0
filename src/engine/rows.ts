import type {ByteScaling, ExampleField, NdArray} from '../contract/index.js';
import {alignedFloat32Array} from './tensorflow/aligned.js';

/** Rows of a larger array that have not been copied yet. */
export interface UnreadRows {
  readonly source: ExampleField;
  /** Numbers of rows of `source`, along its first dimension, in the array's order. */
  readonly rows: Uint32Array;
}

/** What the arrays of one taker share. */
interface Taker {
  readonly source: ExampleField;
  readonly shape: readonly number[];
  readonly dtype: NdArray['dtype'];
  buffer: NdArray | undefined;
  /** Whose values are in the buffer. */
  owner: NdArray | undefined;
}

interface Taken extends UnreadRows {
  readonly taker: Taker;
  /** Whether the values have been read, and may have been changed since. */
  isRead: boolean;
}

/**
 * What is behind an array. Not one of its properties: who is given a batch has no way to the data set, and what is made from such an
 * array by spreading it is another one, with values of its own.
 */
const takenBy = new WeakMap<NdArray, Taken>();

/**
 * The property `data` of all such arrays: copies the rows when it is read. One getter for all, since V8 makes an object with a
 * getter of its own a hidden class of its own, which its quick garbage collection never gives back.
 */
const rowData = {
  enumerable: true,
  get(this: NdArray): NdArray['data'] {
    const taken = takenBy.get(this)!;
    const {taker, source, rows} = taken;
    taker.buffer ??= {shape: taker.shape, dtype: taker.dtype, data: memoryForRows(source, rows.length)};
    taken.isRead = true;
    if (taker.owner !== this) writeRows(source, rows, taker.buffer.data);
    taker.owner = this;
    return taker.buffer.data;
  },
};

/**
 * Makes arrays of `count` rows of `source`, one at a time: the next one takes the memory of the one before. The rows are
 * copied, and bytes scaled, when the array's `data` is first asked for; an engine that holds `source` itself never asks.
 * @param source - never changes; bytes with their `scaling`, whose rows are float32
 * @returns a function of the rows' numbers, which must not change either
 */
export function rowTaker(source: ExampleField, count: number): (rows: Uint32Array) => NdArray {
  const shape: readonly number[] = Object.freeze([count, ...source.shape.slice(1)]);
  const dtype = seenAs(source);
  const taker: Taker = {source, shape, dtype, buffer: undefined, owner: undefined};
  return (rows) => {
    const array = Object.defineProperty({shape, dtype}, 'data', rowData) as NdArray;
    takenBy.set(array, {source, rows, taker, isRead: false});
    return array;
  };
}

/** Where an array's values are to be found as long as it has no copy of them. */
export function unreadRowsOf(array: NdArray): UnreadRows | undefined {
  const taken = takenBy.get(array);
  return taken && !taken.isRead ? taken : undefined;
}

/** Writes the rows of `source` that `rows` names into `target` as the model sees them, in their order. */
export function writeRows(source: ExampleField, rows: ArrayLike<number>, target: NdArray['data']): void {
  if (source.scaling) scaleRows(source, rows, target, scaledBytes(source.scaling));
  else copyRows(source, rows, target);
}

/** Copies the rows of `source` that `rows` names into `target` as they are kept, in their order. */
export function copyRows(source: ExampleField, rows: ArrayLike<number>, target: NdArray['data']): void {
  const {data} = source;
  const width = widthOf(source);
  if (width === 1) {
    for (let i = 0; i < rows.length; i++) target[i] = data[rows[i]!]!;
    return;
  }
  for (let i = 0; i < rows.length; i++) target.set(data.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width);
}

/** @param values - what each byte becomes */
function scaleRows(source: ExampleField, rows: ArrayLike<number>, target: NdArray['data'], values: Float32Array): void {
  const {data} = source;
  const width = widthOf(source);
  let at = 0;
  for (let i = 0; i < rows.length; i++) {
    const end = (rows[i]! + 1) * width;
    for (let from = end - width; from < end; from++) target[at++] = values[data[from]!]!;
  }
}

/** The number of values in a row. */
function widthOf({data, shape}: ExampleField): number {
  return data.length / shape[0]!;
}

/** What each of the 256 bytes becomes. */
function scaledBytes({scale, offset}: ByteScaling): Float32Array {
  const [factor, term] = [Math.fround(scale), Math.fround(offset)];
  return Float32Array.from({length: 256}, (_, byte) => Math.fround(byte * factor) + term);
}

function seenAs({dtype}: ExampleField): NdArray['dtype'] {
  return dtype === 'uint8' ? 'float32' : dtype;
}

/** Memory for `count` rows as the model sees them, where the engine takes it without a copy. */
export function memoryForRows(source: ExampleField, count: number): NdArray['data'] {
  const length = count * widthOf(source);
  return seenAs(source) === 'float32' ? alignedFloat32Array(length) : source.data.slice(0, length);
}
