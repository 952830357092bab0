import {realpathSync, statSync} from 'node:fs';
import type {LoadingProgress} from '../contract/index.js';
import {count} from '../support/index.js';
import {type Kept, keepBytes, keptBytes} from './kept-bytes.js';
import {type RecordIndex, withFile, withRecord} from './record-index.js';
import {type OpenRecords, recordCount} from './record-source.js';

/** What is to be known of each record before it is read. */
export interface NumbersOfRecords {
  /** What the numbers are: another name for other numbers, or another form of the records. */
  readonly kind: string;
  /** How many numbers a record has. */
  readonly width: number;
  /** @throws Error saying what is wrong with the record */
  of(record: Uint8Array): readonly number[];
}

/** After so many milliseconds of work other events have their turn. */
const TURN_MILLISECONDS = 50;

/**
 * Some numbers of each example, such as its size: [examples, width] in the order of examples. They are found out once, by reading all
 * records, and kept in this tool's cache.
 * @param onProgress - called with how far that has come
 * @throws UserError naming file and record that can't be used
 */
export async function recordNumbers(
  {indexes, order, size}: OpenRecords,
  numbers: NumbersOfRecords,
  onProgress?: LoadingProgress,
): Promise<Float64Array> {
  const {width} = numbers;
  const work = `reading the ${numbers.kind} of ${count(size)} records`;
  const ofRecords = new Float64Array(size * width);
  let at = 0;
  for (const index of indexes) {
    const before = at / width;
    ofRecords.set(await numbersOfFile(index, numbers, (done) => onProgress?.(work, (before + done) / size)), at);
    at += recordCount(index) * width;
  }
  onProgress?.(work, 1);
  if (!order) return ofRecords;
  const ofExamples = new Float64Array(size * width);
  for (let i = 0; i < size; i++)
    ofExamples.set(ofRecords.subarray(order[i]! * width, (order[i]! + 1) * width), i * width);
  return ofExamples;
}

async function numbersOfFile(
  index: RecordIndex,
  {kind, width, of}: NumbersOfRecords,
  onRecords: (done: number) => void,
): Promise<Float64Array> {
  const records = recordCount(index);
  const keptAs = keptNumbersOf(index.file, kind);
  const kept = keptBytes(keptAs);
  if (kept?.byteLength === records * width * Float64Array.BYTES_PER_ELEMENT) return new Float64Array(kept);
  const found = new Float64Array(records * width);
  for (let record = 0; record < records; ) {
    onRecords(record);
    record = withFile(index.file, (descriptor) => {
      const end = performance.now() + TURN_MILLISECONDS;
      let next = record;
      for (; next < records && performance.now() < end; next++)
        withRecord(descriptor, index, next, (bytes) => found.set(of(bytes), next * width));
      return next;
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
  keepBytes(keptAs, found.buffer);
  return found;
}

function keptNumbersOf(file: string, kind: string): Kept {
  const path = realpathSync(file);
  const {size, mtimeMs} = statSync(path);
  return {kind: 'record-numbers', of: `${kind} ${path}`, state: JSON.stringify({kind, file: path, size, mtimeMs})};
}
