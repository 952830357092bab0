import {closeSync, openSync, readSync, realpathSync} from 'node:fs';
import type {FileHandle} from 'node:fs/promises';
import {maskedCrc32c, UserError} from '../support/index.js';
import {cantRead} from './cant-read.js';
import {type OpenDataFile, openDataFile} from './data-files.js';
import {type Kept, keepBytes, keptBytes} from './kept-bytes.js';

/**
 * Where the records of a TFRecord file stand. Before a record are 12 bytes, its length (uint64) and that length's checksum; after it
 * are 4 bytes with its own checksum.
 */
export interface RecordIndex {
  readonly file: string;
  /** Where each record's head begins, and at last where the file ends: [records + 1]. */
  readonly offsets: Float64Array;
}

/** By which a file that has changed is known. */
type FileState = Pick<OpenDataFile, 'size' | 'mtimeMs'>;

/** Bytes before a record. */
const HEAD_BYTES = 12;
/** Bytes after a record. */
const CHECKSUM_BYTES = 4;
const FRAME_BYTES = HEAD_BYTES + CHECKSUM_BYTES;

/** Heads are found in stretches of so many bytes: of small records that is faster than head by head. */
const WINDOW_BYTES = 65_536;

/** Of what is kept in the cache: changes with its form. */
const VERSION = 1;

/**
 * The index of a TFRecord file: from this tool's cache if the file has the size and the time of change that it had when the index was
 * made, else made by going through the file once. An index that can't be kept is made again the next time.
 * @throws UserError naming the file, if it can't be read, is cut, or is no TFRecord file
 */
export async function recordIndex(file: string): Promise<RecordIndex> {
  const {handle, ...stats} = await openDataFile(file);
  try {
    const kept = keptOffsets(file, stats);
    if (kept) return {file, offsets: kept};
    const offsets = await findRecords(handle, file, stats.size);
    keepBytes(keptAs(file, stats), offsets.buffer);
    return {file, offsets};
  } catch (cause) {
    throw cantRead(file, cause);
  } finally {
    await handle.close();
  }
}

async function findRecords(handle: FileHandle, file: string, size: number): Promise<Float64Array> {
  const window = Buffer.alloc(WINDOW_BYTES);
  let [begin, end] = [0, 0];
  const offsets: number[] = [];
  for (let at = 0; at < size; ) {
    if (at + HEAD_BYTES > end) {
      begin = at;
      end = at + (await handle.read(window, 0, WINDOW_BYTES, at)).bytesRead;
      if (at + HEAD_BYTES > end) throw cutFile(file, offsets.length);
    }
    const length = lengthOf(window.subarray(at - begin, at - begin + HEAD_BYTES), file, at);
    offsets.push(at);
    at += length + FRAME_BYTES;
    if (at > size) throw cutFile(file, offsets.length - 1);
  }
  offsets.push(size);
  return Float64Array.from(offsets);
}

function cutFile(file: string, record: number): UserError {
  return new UserError(`${file}: the file is cut within record ${record}; fetch or make it again`);
}

/** @param head - the 12 bytes before a record */
function lengthOf(head: Buffer, file: string, at: number): number {
  if (head.readUInt32LE(8) !== maskedCrc32c(head.subarray(0, 8)))
    throw new UserError(
      `${file}: byte ${at} should begin a TFRecord, but its checksum is wrong; the file is damaged or of another form`,
    );
  return Number(head.readBigUInt64LE(0));
}

function keptAs(file: string, {size, mtimeMs}: FileState): Kept {
  const of = realpathSync(file);
  return {kind: 'record-indexes', of, state: JSON.stringify({version: VERSION, file: of, size, mtimeMs})};
}

function keptOffsets(file: string, stats: FileState): Float64Array | undefined {
  const bytes = keptBytes(keptAs(file, stats));
  if (!bytes || bytes.byteLength % 8 !== 0) return undefined;
  const offsets = new Float64Array(bytes);
  return offsets.at(-1) === stats.size ? offsets : undefined;
}

/**
 * Does something with one record of a file that is open.
 * @returns what `use` does
 * @throws UserError naming file and record, if the record can't be read, has another checksum, or `use` throws
 */
export function withRecord<T>(descriptor: number, index: RecordIndex, record: number, use: (bytes: Buffer) => T): T {
  try {
    return use(readRecord(descriptor, index, record));
  } catch (cause) {
    throw new UserError(`${index.file}: record ${record} can't be used: ${(cause as Error).message}`, {cause});
  }
}

function readRecord(descriptor: number, {offsets}: RecordIndex, record: number): Buffer {
  const from = offsets[record]! + HEAD_BYTES;
  const bytes = Buffer.allocUnsafe(offsets[record + 1]! - from);
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(descriptor, bytes, done, bytes.length - done, from + done);
    if (count === 0) throw new Error('it has become shorter meanwhile');
    done += count;
  }
  const content = bytes.subarray(0, -CHECKSUM_BYTES);
  if (bytes.readUInt32LE(content.length) !== maskedCrc32c(content))
    throw new Error('its checksum is wrong; the file is damaged, fetch or make it again');
  return content;
}

/** Does something with a file that is open meanwhile. @throws UserError naming the file, if it can't be read */
export function withFile<T>(file: string, work: (descriptor: number) => T): T {
  try {
    const descriptor = openSync(file, 'r');
    try {
      return work(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw cantRead(file, cause);
  }
}

/**
 * What `use` makes of each record of a file, one after the other.
 * @throws UserError naming file and record, if a record can't be read, has another checksum, or `use` throws
 */
export function* recordsOf<T>(index: RecordIndex, use: (bytes: Buffer) => T): Generator<T> {
  const descriptor = openSync(index.file, 'r');
  try {
    for (let record = 0; record < index.offsets.length - 1; record++) yield withRecord(descriptor, index, record, use);
  } finally {
    closeSync(descriptor);
  }
}
