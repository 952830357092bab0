import type {ExampleField, HostBatch, Key, Rows} from '../../src/contract/index.js';
import type {Examples} from '../../src/data/index.js';
import {uniform} from '../../src/engine/index.js';

export const SIDE = 32;
export const CHANNELS = 3;
export const VALUES = SIDE * SIDE * CHANNELS;

/** Black pixels on each side of an image before a part of it is cut out: AlgoPerf pads by 4 in all, to 36x36. */
const BORDER = 2;

/** Mean and deviation of the training images' red, green and blue, after the division by 255. */
const MEAN = [0.49139968, 0.48215827, 0.44653124];
const DEVIATION = [0.24703233, 0.24348505, 0.26158768];

/** The normalised value of each of the 256 values of each channel: `channel * 256 + value`. */
const NORMALISED = Float32Array.from(
  {length: CHANNELS * 256},
  (_, i) => ((i % 256) / 255 - MEAN[i >> 8]!) / DEVIATION[i >> 8]!,
);

/** Where an image is cut out of its frame, and whether it is mirrored. */
interface Change {
  /** First row and column within the frame, 0 to twice the border. */
  readonly top: number;
  readonly left: number;
  readonly isFlipped: boolean;
}

const UNCHANGED: Change = {top: BORDER, left: BORDER, isFlipped: false};

/**
 * Normalised images [batch, 32, 32, 3] and their class numbers, from bytes of that shape. With a key each image is framed in
 * black, cut out of the frame at random and mirrored or not, all by the key.
 */
export function makeBatch({inputs, targets}: Examples, rows: Rows, key: Key | undefined): HostBatch {
  const count = rows.length;
  const images = new Float32Array(count * VALUES);
  const classes = new Int32Array(count);
  const draws = key && uniform(key, [count, 3]).data;
  for (let i = 0; i < count; i++) {
    const change = draws ? changeOf(draws.subarray(3 * i, 3 * i + 3)) : UNCHANGED;
    writeImage(imageAt(inputs!, rows[i]!), images.subarray(i * VALUES, (i + 1) * VALUES), change);
    classes[i] = targets!.data[rows[i]!]!;
  }
  return {
    inputs: {shape: [count, SIDE, SIDE, CHANNELS], dtype: 'float32', data: images},
    targets: {shape: [count], dtype: 'int32', data: classes},
  };
}

function imageAt({data}: ExampleField, row: number): Uint8Array {
  return data.subarray(row * VALUES, (row + 1) * VALUES) as Uint8Array;
}

/** @param draws - three numbers in [0, 1) */
function changeOf([top, left, flip]: ArrayLike<number> & Iterable<number>): Change {
  const places = 2 * BORDER + 1;
  return {top: Math.floor(top! * places), left: Math.floor(left! * places), isFlipped: flip! < 0.5};
}

function writeImage(from: Uint8Array, to: Float32Array, {top, left, isFlipped}: Change): void {
  let at = 0;
  for (let y = 0; y < SIDE; y++) {
    const row = y + top - BORDER;
    const isRow = row >= 0 && row < SIDE;
    for (let x = 0; x < SIDE; x++) {
      const column = (isFlipped ? SIDE - 1 - x : x) + left - BORDER;
      const isInside = isRow && column >= 0 && column < SIDE;
      const pixel = (row * SIDE + column) * CHANNELS;
      for (let channel = 0; channel < CHANNELS; channel++) {
        to[at++] = NORMALISED[channel * 256 + (isInside ? from[pixel + channel]! : 0)]!;
      }
    }
  }
}
