import {z} from 'zod';
import type {LoadingProgress, PackedBatches, Rows, Source} from '../contract/index.js';
import {checkedOptions, functionOption, objectOption} from '../options/index.js';
import {recordsShape, threadedShape} from './option-kinds.js';
import {type NumbersOfRecords, recordNumbers} from './record-numbers.js';
import type {RecordReaderOptions} from './record-reader.js';
import {
  type OpenRecords,
  openRecords,
  RECORD_READER,
  type RecordSourceOptions,
  recordCount,
  recordsFingerprint,
} from './record-source.js';
import {type ExampleForm, readInThread} from './thread-source.js';
import {createThreads} from './threads.js';

/** How examples are packed, by the numbers that are known of each: [examples, width]. */
export interface Packing extends Pick<PackedBatches, 'most'> {
  /** As `PackedBatches.take`, whatever was taken before. */
  take(rows: Rows, numbers: Float64Array): number;
  /** The batch's fields, each with its whole shape. */
  readonly forms: {readonly [field: string]: ExampleForm};
}

/** The example that needs the largest batch. */
export interface LargestExample {
  /** Its number. */
  readonly row: number;
  /** The smallest batch that holds it. */
  readonly leastBatchSize: number;
  /** How large it is: `3,000 atoms and 2,999 bonds`. */
  readonly text: string;
}

/** Files of records that are packed into batches, and how. */
export interface PackedRecordSourceOptions
  extends Pick<RecordSourceOptions, 'files' | 'counts' | 'readingOrder' | 'decoder' | 'options' | 'threads'> {
  /** What packing needs to know of each record. */
  readonly numbers: NumbersOfRecords;
  packing(batchSize: number): Packing;
  /** By the numbers of all examples, which of them needs the largest batch. */
  largest(numbers: Float64Array): LargestExample;
  /** Called with how far finding out the numbers is. */
  readonly onProgress?: LoadingProgress | undefined;
}

const packedRecordSourceOptions = z.strictObject({
  ...recordsShape,
  threads: threadedShape.threads,
  numbers: objectOption<NumbersOfRecords>('an object that says how the numbers are found out'),
  packing: functionOption<PackedRecordSourceOptions['packing']>(),
  largest: functionOption<PackedRecordSourceOptions['largest']>(),
  onProgress: functionOption<LoadingProgress>().optional(),
});

/**
 * As `recordSource`, of records that are packed into batches: what a batch takes is decided by numbers that are known of each record,
 * which are found out once, by reading all of them, and kept in this tool's cache. The decoder's module has a function
 * `createBatchDecoder(options)`, see `CreateBatchDecoder`.
 * @throws UserError naming the file or the record that can't be used
 * @throws RangeError naming every option that is missing, wrong or unknown
 */
export async function packedRecordSource(options: PackedRecordSourceOptions): Promise<Source> {
  const checked = checkedOptions('packedRecordSource', packedRecordSourceOptions, options);
  const {decoder, options: decoderOptions, packing, threads: count} = checked;
  const records = await openRecords(options);
  const numbers = await recordNumbers(records, options.numbers, options.onProgress);
  const {indexes, order, size} = records;
  const largest = options.largest(numbers);
  const readerOptions: RecordReaderOptions = {indexes, order, decoder: decoder.href, options: decoderOptions};
  const threads = createThreads({reader: RECORD_READER, readsBatches: true, options: readerOptions, threads: count});
  const packed = (batchSize: number): PackedBatches => {
    const {most, take, forms} = packing(batchSize);
    return {
      most,
      take: (rows) => take(rows, numbers),
      read: (rows, _, reuse) => readInThread(threads, {rows, keys: undefined, forms, reuse}),
    };
  };
  return {
    size,
    packed,
    leastBatchSize: largest.leastBatchSize,
    largestExample: `${recordInWords(records, largest.row)}, of ${largest.text}`,
    read: (rows, key, reuse) => packed(rows.length).read(rows, key, reuse, 0),
    fingerprint: () => recordsFingerprint(indexes),
    close: threads.close,
  };
}

/** The file and the record of an example: `record 20 of molecules.tfrecord`. */
function recordInWords({indexes, order}: OpenRecords, row: number): string {
  let record = order?.[row] ?? row;
  for (const index of indexes) {
    if (record < recordCount(index)) return `record ${record} of ${index.file}`;
    record -= recordCount(index);
  }
  throw new RangeError(`there is no example ${row}`);
}
