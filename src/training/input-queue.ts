import type {ExampleField, Examples, HostBatch, InputQueue, Key, NdArray, Workload} from '../contract/index.js';
import {fold, permutation} from '../engine/index.js';
import {UserError} from '../errors.js';

/** An input queue that knows where it stands. */
export interface TrialInputQueue extends InputQueue {
  /** Batches drawn so far; a queue begun at this position goes on with the next one. */
  readonly position: number;
}

export interface InputQueueOptions {
  readonly examples: Examples;
  readonly batchSize: number;
  /** Epoch `e` is shuffled by `fold(key, e)`. */
  readonly key: Key;
  readonly position?: number;
  /** The workload's: called with a key of its own for each batch. Absent: rows are copied. */
  readonly makeBatch?: Workload['makeBatch'];
}

/** Folded into the queue's key it gives the key of the batches' random changes: an epoch that is never reached. */
const CHANGES = 2 ** 32 - 1;

/**
 * Batches of shuffled examples without end. Batch `k` is a function of the key and `k` alone; the last examples of an
 * epoch that fill no batch are dropped. Copied batches share one buffer a field.
 * @throws UserError if a batch has no example, or more than there are
 */
export function createInputQueue(options: InputQueueOptions): TrialInputQueue {
  const {examples, batchSize, key, position = 0, makeBatch} = options;
  requireBatchSize(batchSize, examples);
  const count = countOf(examples);
  const batchesPerEpoch = Math.floor(count / batchSize);
  const changesKey = fold(key, CHANGES);
  const copyRows = makeBatch ? undefined : rowCopier(examples, batchSize);
  let order: Uint32Array = new Uint32Array();
  let orderedEpoch = -1;
  let next = position;
  return {
    batchSize,
    get position() {
      return next;
    },
    next() {
      const epoch = Math.floor(next / batchesPerEpoch);
      if (epoch !== orderedEpoch) {
        order = permutation(count, fold(key, epoch));
        orderedEpoch = epoch;
      }
      const from = (next % batchesPerEpoch) * batchSize;
      const rows = order.subarray(from, from + batchSize);
      const batch = copyRows ? copyRows(rows) : makeBatch!(examples, rows, fold(changesKey, next));
      next += 1;
      return batch;
    },
  };
}

/** A function that copies rows into one buffer a field. @throws Error if a field is kept as bytes, which no model sees */
function rowCopier(examples: Examples, batchSize: number): (rows: ArrayLike<number>) => HostBatch {
  const buffers = Object.entries(examples).map(([field, array]) => ({
    field,
    array,
    batch: bufferFor(field, array, batchSize),
  }));
  const batch: HostBatch = Object.fromEntries(buffers.map(({field, batch}) => [field, batch]));
  return (rows) => {
    for (const {array, batch} of buffers) gather(array, rows, batch);
    return batch;
  };
}

/** @throws UserError if a batch of that size has no example, or more than there are */
export function requireBatchSize(batchSize: number, examples: Examples): void {
  const count = countOf(examples);
  if (Number.isSafeInteger(batchSize) && batchSize >= 1 && batchSize <= count) return;
  throw new UserError(`batch_size: must be an integer from 1 to the ${count} training examples, got ${batchSize}`);
}

/** The number of examples: the leading dimension of the fields. */
export function countOf(examples: Examples): number {
  return Object.values(examples)[0]?.shape[0] ?? 0;
}

function bufferFor(field: string, {data, shape, dtype}: ExampleField, batchSize: number): NdArray {
  if (dtype === 'uint8') throw new Error(`field '${field}' is kept as bytes: the workload needs a makeBatch`);
  const size = batchSize * (data.length / shape[0]!);
  return {shape: [batchSize, ...shape.slice(1)], dtype, data: data.slice(0, size)};
}

/** Copies the rows of `array` that `rows` names into `batch`, in their order. */
export function gather({data, shape}: ExampleField, rows: ArrayLike<number>, batch: ExampleField): void {
  const width = data.length / shape[0]!;
  if (width === 1) {
    for (let i = 0; i < rows.length; i++) batch.data[i] = data[rows[i]!]!;
    return;
  }
  for (let i = 0; i < rows.length; i++)
    batch.data.set(data.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width);
}
