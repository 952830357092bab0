import {createHash} from 'node:crypto';
import type {Dataset, ExampleField} from '../contract/index.js';
import {countOf} from './input-queue.js';

/** Fields of more bytes are looked at in so many rows: the whole of them would take longer than the run's start. */
const MOST_WHOLE_BYTES = 2 ** 20;
const ROWS = 256;

/**
 * A SHA-256, in lower-case hexadecimal, that tells data sets apart: over the shape of every field of every split, small fields
 * such as labels whole, and evenly spaced rows of large ones. A set of which only other rows were changed has the same.
 */
export function dataFingerprint(dataset: Dataset): string {
  const hash = createHash('sha256');
  for (const split of ['train', 'validation', 'test'] as const) {
    const count = countOf(dataset[split]);
    for (const [field, array] of Object.entries(dataset[split])) {
      hash.update(`${split}/${field} ${array.dtype} ${array.shape.join('x')}\n`);
      if (array.data.byteLength <= MOST_WHOLE_BYTES) hash.update(rowsOf(array, 0, count, count));
      else for (const row of evenlySpaced(count)) hash.update(rowsOf(array, row, 1, count));
    }
  }
  return hash.digest('hex');
}

function evenlySpaced(count: number): number[] {
  const taken = Math.min(ROWS, count);
  return Array.from({length: taken}, (_, i) => Math.floor((i * count) / taken));
}

/** The bytes of `rows` rows of an array that has `count`. */
function rowsOf({data}: ExampleField, from: number, rows: number, count: number): Uint8Array {
  const bytes = data.byteLength / count;
  return new Uint8Array(data.buffer, data.byteOffset + from * bytes, rows * bytes);
}
