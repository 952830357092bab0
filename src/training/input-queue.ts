import type {Dataset, ExampleField, Examples, HostBatch, InputQueue, Key, Workload} from '../contract/index.js';
import {foldIn, permutation, rowTaker} from '../engine/index.js';
import {describeValue} from '../support/index.js';

/** An input queue that knows where it stands. */
export interface TrialInputQueue extends InputQueue {
  /** Batches drawn so far; a queue begun at this position goes on with the next one. */
  readonly position: number;
}

/** What an input queue draws from, and how. */
export interface InputQueueOptions {
  readonly examples: Examples;
  readonly batchSize: number;
  /** Epoch `e` is shuffled by `foldIn(key, e)`. */
  readonly key: Key;
  readonly position?: number;
  /** The workload's: called with a key of its own for each batch. Absent: rows are copied. */
  readonly makeBatch?: Workload['makeBatch'];
}

/** Folded into the queue's key it gives the key of the batches' random changes: an epoch that is never reached. */
const CHANGES = 2 ** 32 - 1;

/**
 * Batches of shuffled examples without end. Batch `k` is a function of the key and `k` alone; the last examples of an
 * epoch that fill no batch are dropped. Batches of rows share one buffer a field, which is filled when its data is asked for.
 * @throws RangeError if a batch has no example, or more than there are
 */
export function createInputQueue(options: InputQueueOptions): TrialInputQueue {
  const {examples, batchSize, key, position = 0, makeBatch} = options;
  const problem = batchSizeProblem(batchSize, examples);
  if (problem) throw new RangeError(`batchSize ${problem}`);
  const count = countOf(examples);
  const batchesPerEpoch = Math.floor(count / batchSize);
  const changesKey = foldIn(key, CHANGES);
  const takeRows = makeBatch ? undefined : batchTaker(examples, batchSize);
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
        order = permutation(count, foldIn(key, epoch));
        orderedEpoch = epoch;
      }
      const from = (next % batchesPerEpoch) * batchSize;
      const rows = order.subarray(from, from + batchSize);
      const batch = takeRows ? takeRows(rows) : makeBatch!(examples, rows, foldIn(changesKey, next));
      next += 1;
      return batch;
    },
  };
}

/**
 * Makes batches of examples by their numbers, which must not change; the next batch takes the memory of the one before.
 * @throws Error if a field is kept as bytes without a `scaling`
 */
export function batchTaker(examples: Examples, batchSize: number): (rows: Uint32Array) => HostBatch {
  const fields = Object.entries(examples).map(
    ([field, array]) => [field, rowTaker(seen(field, array), batchSize)] as const,
  );
  return (rows) => Object.fromEntries(fields.map(([field, take]) => [field, take(rows)]));
}

function seen(field: string, array: ExampleField): ExampleField {
  if (array.dtype !== 'uint8' || array.scaling) return array;
  throw new Error(`field '${field}' is kept as bytes: it needs a \`scaling\`, or the workload a makeBatch`);
}

/** Why batches can't have that size, or undefined. */
export function batchSizeProblem(batchSize: number, examples: Examples): string | undefined {
  const count = countOf(examples);
  if (Number.isSafeInteger(batchSize) && batchSize >= 1 && batchSize <= count) return undefined;
  return `must be an integer from 1 to the ${count} training examples, got ${describeValue(batchSize)}`;
}

/** The number of examples: the leading dimension of the fields. */
export function countOf(examples: Examples): number {
  return Object.values(examples)[0]?.shape[0] ?? 0;
}

/** The number of examples in each split. */
export interface ExampleCounts {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** The number of examples in each split of a data set. */
export function countsOf({train, validation, test}: Dataset): ExampleCounts {
  return {train: countOf(train), validation: countOf(validation), test: countOf(test)};
}
