import type {Dataset, InputQueue, Key, Rows, Source} from '../contract/index.js';
import {foldIn} from '../engine/index.js';
import {describeValue} from '../support/index.js';
import {permutation} from './permutation.js';
import {readAhead} from './read-ahead.js';

/** An input queue that knows where it stands. */
export interface TrialInputQueue extends InputQueue {
  /** Batches drawn so far; a queue begun at this position continues with the next one. */
  readonly position: number;
}

/** What an input queue draws from, and how. */
export interface InputQueueOptions {
  readonly source: Source;
  readonly batchSize: number;
  /** Epoch `e` has the order `permutation(size, foldIn(key, e))`. */
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

/** So many numbers of examples are worked out at a time: one batch of 16 would cost twice as much for each. */
const BLOCK_EXAMPLES = 4096;

/**
 * The numbers of the examples of each batch, in blocks of whole batches. A block is new memory: an engine may still have to read
 * the rows of the one before.
 */
function batchRows({source, batchSize, key}: InputQueueOptions): (batch: number) => Rows {
  const batchesPerEpoch = Math.floor(source.size / batchSize);
  const blockBatches = Math.max(1, Math.floor(BLOCK_EXAMPLES / batchSize));
  let [epoch, begin, end] = [-1, 0, 0];
  let order = permutation(source.size, key);
  let block: Rows = new Uint32Array();
  return (batch) => {
    const epochOfBatch = Math.floor(batch / batchesPerEpoch);
    const from = (batch - epochOfBatch * batchesPerEpoch) * batchSize;
    if (epochOfBatch !== epoch) {
      order = permutation(source.size, foldIn(key, epochOfBatch));
      [epoch, begin, end] = [epochOfBatch, 0, 0];
    }
    if (from < begin || from >= end) {
      [begin, end] = [from, Math.min(from + blockBatches * batchSize, batchesPerEpoch * batchSize)];
      block = order.slice(begin, end);
    }
    return block.subarray(from - begin, from - begin + batchSize);
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
