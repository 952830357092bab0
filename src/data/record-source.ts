import {createHash} from 'node:crypto';
import {z} from 'zod';
import type {Source} from '../contract/index.js';
import {checkedOptions} from '../options/index.js';
import {UserError} from '../support/index.js';
import {evenlySpaced} from './evenly-spaced.js';
import {recordsShape, threadedShape} from './option-kinds.js';
import {type RecordIndex, recordIndex, withFile, withRecord} from './record-index.js';
import type {RecordReaderOptions} from './record-reader.js';
import {type ThreadSourceOptions, threadSource} from './thread-source.js';

/** Files of records, and what becomes of a record. */
export interface RecordSourceOptions extends Pick<ThreadSourceOptions, 'fields' | 'isRandom' | 'threads'> {
  /** TFRecord files, in the order of their examples: one example a record. */
  readonly files: readonly string[];
  /** How many records each file must have; default: as many as it has. */
  readonly counts?: readonly number[];
  /**
   * Gives each example its record, counted through the files from 0 on, by how many records each file has. Default: examples are in the
   * order of files and records.
   */
  readonly readingOrder?: (counts: readonly number[]) => Uint32Array;
  /** The module whose `createDecoder(options)` makes what decodes a record (`CreateDecoder`); a .ts or .js file of a user's may be one. */
  readonly decoder: URL;
  /** What `createDecoder` gets: plain data. */
  readonly options?: unknown;
}

const recordSourceOptions = z.strictObject({...recordsShape, ...threadedShape});

/**
 * A source of the records of TFRecord files, which are read and decoded in threads: no more of them is in memory than the batches
 * that are being made. Where each record stands is found out once, by going through the files, and kept in this tool's cache: the
 * checksums of lengths are checked there. A record's own checksum is checked when it is read; a batch with a damaged one throws a
 * UserError that names file and record.
 * @throws UserError naming the file that is missing, cut, no TFRecord file, or has another number of records than `counts` says, or the
 * files that have no record
 * @throws RangeError naming every option that is missing, wrong or unknown
 */
export async function recordSource(options: RecordSourceOptions): Promise<Source> {
  const checked = checkedOptions('recordSource', recordSourceOptions, options);
  const {fields, isRandom, threads, decoder, options: decoderOptions} = checked;
  const {indexes, order, size} = await openRecords(options);
  const readerOptions: RecordReaderOptions = {indexes, order, decoder: decoder.href, options: decoderOptions};
  return threadSource({
    size,
    fields,
    isRandom,
    threads,
    reader: RECORD_READER,
    options: readerOptions,
    fingerprint: () => recordsFingerprint(indexes),
  });
}

/** Read records in their threads. */
export const RECORD_READER = new URL('./record-reader.js', import.meta.url);

/** Records of several files: where they are, and which of them is which example. */
export interface OpenRecords extends Pick<RecordReaderOptions, 'indexes' | 'order'> {
  readonly size: number;
}

/**
 * Looks for the records of files, as {@link recordSource} says. What it gives is in memory that threads share.
 * @throws UserError as {@link recordSource}
 */
export async function openRecords({
  files,
  counts,
  readingOrder,
}: Pick<RecordSourceOptions, 'files' | 'counts' | 'readingOrder'>): Promise<OpenRecords> {
  const indexes: RecordIndex[] = [];
  for (const file of files) indexes.push(shared(await recordIndex(file)));
  requireCounts(indexes, counts);
  const size = indexes.reduce((sum, index) => sum + recordCount(index), 0);
  if (size === 0)
    throw new UserError(`${files.join(', ') || 'no file'}: there is no record; fetch or make the data again`);
  return {indexes, order: readingOrder && sharedNumbers(readingOrder(indexes.map(recordCount))), size};
}

/** With numbers in memory that all threads share. */
function shared({file, offsets}: RecordIndex): RecordIndex {
  const memory = new Float64Array(new SharedArrayBuffer(offsets.byteLength));
  memory.set(offsets);
  return {file, offsets: memory};
}

function sharedNumbers(numbers: Uint32Array): Uint32Array {
  const memory = new Uint32Array(new SharedArrayBuffer(numbers.byteLength));
  memory.set(numbers);
  return memory;
}

function requireCounts(indexes: readonly RecordIndex[], counts: readonly number[] | undefined): void {
  for (const [i, index] of indexes.entries()) {
    const [found, wanted] = [recordCount(index), counts?.[i] ?? recordCount(index)];
    if (found !== wanted)
      throw new UserError(`${index.file}: must have ${wanted} records, found ${found}; fetch or make it again`);
  }
}

/** How many records a file has. */
export function recordCount({offsets}: RecordIndex): number {
  return offsets.length - 1;
}

/** Over the places of all records, and evenly spaced records of each file. */
export function recordsFingerprint(indexes: readonly RecordIndex[]): string {
  const hash = createHash('sha256');
  for (const index of indexes) {
    hash.update(new Uint8Array(index.offsets.slice().buffer));
    withFile(index.file, (descriptor) => {
      for (const record of evenlySpaced(recordCount(index)))
        withRecord(descriptor, index, record, (bytes) => hash.update(bytes));
    });
  }
  return hash.digest('hex');
}
