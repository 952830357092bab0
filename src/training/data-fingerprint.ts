import {createHash} from 'node:crypto';
import type {Dataset, ExampleField} from '../contract/index.js';
import {countOf} from './input-queue.js';

/** Rows of each field that are looked at: a whole set would take longer than the run's start. */
const ROWS = 256;

/**
 * A SHA-256, in lower-case hexadecimal, that tells data sets apart: over the shape and evenly spaced rows of every field of
 * every split. A set of which only other rows were changed has the same.
 */
export function dataFingerprint(dataset: Dataset): string {
  const hash = createHash('sha256');
  for (const split of ['train', 'validation', 'test'] as const) {
    const count = countOf(dataset[split]);
    for (const [field, array] of Object.entries(dataset[split])) {
      hash.update(`${split}/${field} ${array.dtype} ${array.shape.join('x')}\n`);
      for (const row of evenlySpaced(count)) hash.update(rowOf(array, row, count));
    }
  }
  return hash.digest('hex');
}

function evenlySpaced(count: number): number[] {
  const taken = Math.min(ROWS, count);
  return Array.from({length: taken}, (_, i) => Math.floor((i * count) / taken));
}

function rowOf({data}: ExampleField, row: number, count: number): Uint8Array {
  const bytes = data.byteLength / count;
  return new Uint8Array(data.buffer, data.byteOffset + row * bytes, bytes);
}
