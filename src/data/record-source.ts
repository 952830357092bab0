import {createHash} from 'node:crypto';
import type {Source} from '../contract/index.js';
import {evenlySpaced} from './evenly-spaced.js';
import {type RecordIndex, readRecord, recordIndex, withFile} from './record-index.js';
import type {RecordReaderOptions} from './record-reader.js';
import {type ThreadSourceOptions, threadSource} from './thread-source.js';

/** Files of records, and what becomes of a record. */
export interface RecordSourceOptions extends Pick<ThreadSourceOptions, 'fields' | 'isRandom' | 'threads'> {
  /** TFRecord files, in the order of their examples: one example a record. */
  readonly files: readonly string[];
  /** The module whose `createDecoder(options)` makes what decodes a record (`CreateDecoder`); a .ts or .js file of a user's may be one. */
  readonly decoder: URL;
  /** What `createDecoder` gets: plain data. */
  readonly options?: unknown;
}

/**
 * A source of the records of TFRecord files, which are read and decoded in threads: no more of them is in memory than the batches
 * that are being made. Where each record stands is found out once, by going through the files, and kept in this tool's cache. The
 * checksums of lengths are looked at, those of the records themselves are not: that would take longer than reading them.
 * @throws UserError naming the file that is missing, cut, without a record, or no TFRecord file
 */
export async function recordSource(options: RecordSourceOptions): Promise<Source> {
  const {files, decoder, options: decoderOptions, ...rest} = options;
  const indexes: RecordIndex[] = [];
  for (const file of files) indexes.push(shared(await recordIndex(file)));
  const readerOptions: RecordReaderOptions = {indexes, decoder: decoder.href, options: decoderOptions};
  return threadSource({
    ...rest,
    size: indexes.reduce((sum, index) => sum + recordCount(index), 0),
    reader: new URL('./record-reader.js', import.meta.url),
    options: readerOptions,
    fingerprint: () => recordsFingerprint(indexes),
  });
}

/** With numbers in memory that all threads share. */
function shared({file, offsets}: RecordIndex): RecordIndex {
  const memory = new Float64Array(new SharedArrayBuffer(offsets.byteLength));
  memory.set(offsets);
  return {file, offsets: memory};
}

function recordCount({offsets}: RecordIndex): number {
  return offsets.length - 1;
}

/** Over the places of all records, and evenly spaced records of each file. */
function recordsFingerprint(indexes: readonly RecordIndex[]): string {
  const hash = createHash('sha256');
  for (const index of indexes) {
    hash.update(new Uint8Array(index.offsets.slice().buffer));
    withFile(index.file, (descriptor) => {
      for (const record of evenlySpaced(recordCount(index))) hash.update(readRecord(descriptor, index, record));
    });
  }
  return hash.digest('hex');
}
