import type {Dataset, InputQueue, Key, Source} from '../contract/index.js';
import {foldIn, permutation} from '../engine/index.js';
import {describeValue} from '../support/index.js';
import {readAhead} from './read-ahead.js';

/** An input queue that knows where it stands. */
export interface TrialInputQueue extends InputQueue {
  /** Batches drawn so far; a queue begun at this position goes on with the next one. */
  readonly position: number;
}

/** What an input queue draws from, and how. */
export interface InputQueueOptions {
  readonly source: Source;
  readonly batchSize: number;
  /** Epoch `e` is shuffled by `foldIn(key, e)`. */
  readonly key: Key;
  /** Batches drawn before; default 0. */
  readonly position?: number;
  /** How many batches are read or wait to be drawn at most, where the source gives promises; default 4. */
  readonly ahead?: number;
}

/** Folded into the queue's key it gives the key of the batches' random changes: an epoch that is never reached. */
const CHANGES = 2 ** 32 - 1;

/** So many are enough for a reader that is as fast as the steps: the rest evens out the slow ones. */
const BATCHES_AHEAD = 4;

/**
 * Batches of shuffled examples without end. Batch `k` is a function of the key and `k` alone; the last examples of an
 * epoch that fill no batch are dropped.
 * @throws RangeError if a batch has no example, or more than there are
 */
export function createInputQueue(options: InputQueueOptions): TrialInputQueue {
  const {source, batchSize, key, position = 0, ahead = BATCHES_AHEAD} = options;
  const problem = batchSizeProblem(batchSize, source);
  if (problem) throw new RangeError(`batchSize ${problem}`);
  const changesKey = foldIn(key, CHANGES);
  const rowsOfBatch = batchRows(options);
  const draw = readAhead({
    make: (batch, reuse) => source.read(rowsOfBatch(batch), foldIn(changesKey, batch), reuse),
    from: position,
    ahead,
  });
  let drawn = position;
  return {
    batchSize,
    get position() {
      return drawn;
    },
    next() {
      drawn += 1;
      return draw();
    },
  };
}

/** The numbers of the examples of each batch. */
function batchRows({source, batchSize, key}: InputQueueOptions): (batch: number) => Uint32Array {
  const batchesPerEpoch = Math.floor(source.size / batchSize);
  let order: Uint32Array = new Uint32Array();
  let orderedEpoch = -1;
  return (batch) => {
    const epoch = Math.floor(batch / batchesPerEpoch);
    if (epoch !== orderedEpoch) {
      order = permutation(source.size, foldIn(key, epoch));
      orderedEpoch = epoch;
    }
    const from = (batch % batchesPerEpoch) * batchSize;
    return order.subarray(from, from + batchSize);
  };
}

/** Why batches can't have that size, or undefined. */
export function batchSizeProblem(batchSize: number, {size}: Source): string | undefined {
  if (Number.isSafeInteger(batchSize) && batchSize >= 1 && batchSize <= size) return undefined;
  return `must be an integer from 1 to the ${size} training examples, got ${describeValue(batchSize)}`;
}

/** The number of examples in each split. */
export interface ExampleCounts {
  readonly train: number;
  readonly validation: number;
  /** Absent where there is no test split. */
  readonly test?: number;
}

/** The number of examples in each split of a data set. */
export function countsOf({train, validation, test}: Dataset): ExampleCounts {
  return {train: train.size, validation: validation.size, ...(test && {test: test.size})};
}

/** Closes the sources of a data set. */
export async function closeDataset({train, validation, test}: Dataset): Promise<void> {
  for (const source of new Set([train, validation, test])) await source?.close?.();
}
