import type {Examples, HostBatch, InputQueue, Key} from '../contract/index.js';
import {fold, permutation, rowTaker} from '../engine/index.js';
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
}

/**
 * Batches of shuffled examples without end. Batch `k` is a function of the key and `k` alone; the last examples of an
 * epoch that fill no batch are dropped. The batches share one buffer a field, which is filled when its data is asked for.
 * @throws UserError if a batch has no example, or more than there are
 */
export function createInputQueue({examples, batchSize, key, position = 0}: InputQueueOptions): TrialInputQueue {
  requireBatchSize(batchSize, examples);
  const count = countOf(examples);
  const batchesPerEpoch = Math.floor(count / batchSize);
  const fields = Object.entries(examples).map(([field, array]) => [field, rowTaker(array, batchSize)] as const);
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
      next += 1;
      return Object.fromEntries(fields.map(([field, take]) => [field, take(rows)])) as HostBatch;
    },
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
