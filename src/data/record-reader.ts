import {openSync} from 'node:fs';
import type {Key} from '../contract/index.js';
import {cantRead} from './cant-read.js';
import type {CreateBatchReader, CreateReader, ExampleMemory} from './reader-thread.js';
import {type RecordIndex, withRecord} from './record-index.js';
import {importFunction, requireDone} from './thread-module.js';

/** The reader of records in files, in its thread: finds a record by its number, reads it and has it decoded. */

/**
 * Decodes a record.
 * @param record - its bytes, which serve the next one after the call
 * @param example - where the values of its fields go; all 0 before
 * @param key - of its random changes; undefined in evaluation, and where the source is not random
 * @throws Error saying what is wrong with the record
 */
export type DecodeRecord = (record: Uint8Array, example: ExampleMemory, key: Key | undefined) => void;

/**
 * The export `createDecoder` of a decoder's module: called once in each thread.
 * @param options - what the source was given as `options`
 */
export type CreateDecoder<O> = (options: O) => DecodeRecord | Promise<DecodeRecord>;

/** What the reader works with. */
export interface RecordReaderOptions {
  readonly indexes: readonly RecordIndex[];
  /** The record of each example, counted through the files; undefined: that of the same number. */
  readonly order: Uint32Array | undefined;
  readonly decoder: string;
  readonly options: unknown;
}

export const createReader: CreateReader<RecordReaderOptions> = async ({decoder, options, ...records}) => {
  const createDecoder = await importFunction<CreateDecoder<unknown>>(decoder, 'createDecoder');
  const decode = await createDecoder(options);
  const withExample = exampleRecords(records);
  return (row, example, key) => withExample(row, (record) => decode(record, example, key));
};

/**
 * Decodes the records of a batch.
 * @param records - as many as the batch has; the bytes of one serve the next one after the call
 * @param batch - where the values of its fields go; all 0 before
 * @throws Error saying what is wrong
 */
export type DecodeBatch = (records: BatchRecords, batch: ExampleMemory) => void;

/** The records of a batch. */
export interface BatchRecords {
  readonly count: number;
  /** Reads record `i` of the batch and does something with it. @throws UserError naming file and record if that throws */
  read(i: number, use: (record: Uint8Array) => void): void;
}

/** The export `createBatchDecoder` of a decoder's module: called once in each thread. @param options - what the source was given */
export type CreateBatchDecoder<O> = (options: O) => DecodeBatch | Promise<DecodeBatch>;

export const createBatchReader: CreateBatchReader<RecordReaderOptions> = async ({decoder, options, ...records}) => {
  const createBatchDecoder = await importFunction<CreateBatchDecoder<unknown>>(decoder, 'createBatchDecoder');
  const decode = await createBatchDecoder(options);
  const withExample = exampleRecords(records);
  return (rows, batch) => decode({count: rows.length, read: (i, use) => withExample(rows[i]!, use)}, batch);
};

/** Reads the records of examples by their numbers. Files are opened when they are first needed, and stay open. */
function exampleRecords({indexes, order}: Pick<RecordReaderOptions, 'indexes' | 'order'>) {
  const descriptors = new Map<RecordIndex, number>();
  const firsts: number[] = [];
  indexes.reduce((first, {offsets}) => {
    firsts.push(first);
    return first + offsets.length - 1;
  }, 0);
  return (row: number, use: (record: Uint8Array) => void): void => {
    const place = order ? order[row]! : row;
    const at = firsts.findLastIndex((first) => first <= place);
    const index = indexes[at]!;
    const descriptor = descriptors.get(index) ?? openFile(index.file);
    descriptors.set(index, descriptor);
    withRecord(descriptor, index, place - firsts[at]!, (record) => requireDone(use(record)));
  };
}

function openFile(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (cause) {
    throw cantRead(file, cause);
  }
}
