import {workerData} from 'node:worker_threads';
import type {Key, NdArray, Rows} from '../contract/index.js';
import {loadedSince, setKnown} from '../support/index.js';
import {importFunction, requireDone} from './thread-module.js';
import {type BatchMemory, buffersOf, type Reply, type Request, type WorkerData} from './threads.js';

/** The thread that reads batches: loads the reader's module, and fills the memory that it is sent. */

/** The values of one example's fields: all 0 when they are given to a reader. */
export interface ExampleMemory {
  readonly [field: string]: NdArray['data'];
}

/**
 * Reads an example.
 * @param row - its number
 * @param example - where its values go
 * @param key - of its random changes; undefined in evaluation, and where the source is not random
 * @throws UserError for an error that the user can fix
 */
export type ReadExample = (row: number, example: ExampleMemory, key: Key | undefined) => void;

/**
 * The export `createReader` of a reader's module: called once in each thread.
 * @param options - what the source was given as `options`
 */
export type CreateReader<O> = (options: O) => ReadExample | Promise<ReadExample>;

/** Reads the examples of a batch whose fields have no part for each of them. @param batch - where the values go; all 0 before */
export type ReadBatch = (rows: Rows, batch: BatchMemory) => void;

/** The export `createBatchReader` of a module that reads whole batches: as `createReader` of others. */
export type CreateBatchReader<O> = (options: O) => ReadBatch | Promise<ReadBatch>;

const {reader, options, readsBatches, codes, port} = workerData as WorkerData;

/** Fills the memory of a request. */
async function loadReader(): Promise<(request: Request) => void> {
  if (codes.codes.length > 0 || codes.isAll) setKnown(codes);
  if (readsBatches) {
    const createBatchReader = await importFunction<CreateBatchReader<unknown>>(reader, 'createBatchReader');
    const read = await createBatchReader(options);
    return ({rows, memory}) => requireDone(read(rows, memory));
  }
  const createReader = await importFunction<CreateReader<unknown>>(reader, 'createReader');
  const read = await createReader(options);
  return ({rows, keys, memory}) => {
    for (let i = 0; i < rows.length; i++)
      requireDone(read(rows[i]!, exampleAt(memory, i, rows.length), keys && [keys[2 * i]!, keys[2 * i + 1]!]));
  };
}

function exampleAt(memory: BatchMemory, i: number, count: number): ExampleMemory {
  const example: {[field: string]: NdArray['data']} = {};
  for (const name in memory) {
    const values = memory[name]!;
    const width = values.length / count;
    example[name] = values.subarray(i * width, (i + 1) * width);
  }
  // What replaces one of its fields would be lost: the field's memory is what is handed over.
  return Object.freeze(example);
}

function failureOf(error: unknown) {
  const {message, stack = ''} = error instanceof Error ? error : new Error(String(error));
  return {message, stack, isOfUser: error instanceof Error && error.name === 'UserError'};
}

const reading = loadReader();
// A reader that can't be loaded fails the first batch that it should have read.
reading.catch(() => {});

port.on('message', async (request: Request) => {
  const {id, memory} = request;
  try {
    const fill = await reading;
    for (const values of Object.values(memory)) values.fill(0);
    Object.freeze(memory);
    fill(request);
    port.postMessage({id, memory, loaded: loadedSince()} satisfies Reply, buffersOf(memory));
  } catch (error) {
    port.postMessage({id, failure: failureOf(error), loaded: loadedSince()} satisfies Reply);
  }
});
