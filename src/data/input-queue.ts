import {z} from 'zod';
import type {Dataset, InputQueue, Key, PackedBatches, Rows, Source} from '../contract/index.js';
import {foldIn} from '../engine/index.js';
import {checkedOptions, custom} from '../options/index.js';
import {describeValue} from '../support/index.js';
import {keyOption, sourceOption} from './option-kinds.js';
import {permutation} from './permutation.js';
import {readAhead} from './read-ahead.js';
import {checkedBatch, readBatch} from './read-batch.js';
import {emptyRows} from './rows.js';

/** An input queue that knows where it stands. */
export interface TrialInputQueue extends InputQueue {
  /** Batches drawn so far, or examples where the source packs them; a queue begun at this position continues with the next batch. */
  readonly position: number;
}

/** What an input queue draws from, and how. */
export interface InputQueueOptions {
  readonly source: Source;
  readonly batchSize: number;
  /** Epoch `e` has the order `permutation(size, foldIn(key, e))`. */
  readonly key: Key;
  /** What was drawn before, as `TrialInputQueue` counts it; default 0. */
  readonly position?: number;
  /** How many batches are read or wait to be drawn at most, where the source gives promises; default 8. */
  readonly ahead?: number;
}

/** Folded into the queue's key it gives the key of the batches' random changes: an epoch that is never reached. */
const CHANGES = 2 ** 32 - 1;

/** Half of them are asked for at a time, half wait: enough to even out slow ones where a reader is as fast as the steps. */
const BATCHES_AHEAD = 8;

const inputQueueOptions = z.strictObject({
  source: sourceOption,
  // What it may be depends on the source.
  batchSize: custom<number>(() => true, 'an integer of at least 1'),
  key: keyOption,
  position: z.int().min(0).default(0),
  ahead: z.int().min(1).default(BATCHES_AHEAD),
});

/** An input queue's options, with the key of the batches' random changes. */
interface QueueParts extends Required<InputQueueOptions> {
  readonly changesKey: Key;
}

/**
 * Batches of shuffled examples without end. Each is a function of the key and its position alone. The last examples of an epoch that
 * fill no batch are dropped, unless the source packs its examples.
 * A batch of other forms than the source must give is refused where it is drawn.
 * @throws RangeError naming every option that is missing, wrong or unknown, and if a batch has no example, or more than there are, or can't hold every example
 */
export function createInputQueue(options: InputQueueOptions): TrialInputQueue {
  const checked = checkedOptions('createInputQueue', inputQueueOptions, options);
  const {source, batchSize, key} = checked;
  const problem = batchSizeProblem(batchSize, source);
  if (problem) throw new RangeError(`batchSize ${problem}`);
  const packed = source.packed?.(batchSize, 'training');
  const parts: QueueParts = {...checked, changesKey: foldIn(key, CHANGES)};
  return packed ? packedQueue(parts, packed) : plainQueue(parts);
}

function plainQueue(parts: QueueParts): TrialInputQueue {
  const {source, batchSize, position, ahead, changesKey} = parts;
  const rowsOfBatch = batchRows(parts);
  const draw = readAhead({
    make: (batch, reuse) =>
      readBatch(source, 'train', {rows: rowsOfBatch(batch), key: foldIn(changesKey, batch), reuse}),
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
      const batch = draw();
      drawn += 1;
      return batch;
    },
  };
}

function packedQueue(parts: QueueParts, packed: PackedBatches): TrialInputQueue {
  const {source, batchSize, key, position, ahead, changesKey} = parts;
  const rowsFrom = rowsToCome(source.size, key, packed.most);
  const counts: number[] = [];
  let [requested, drawn] = [position, position];
  const draw = readAhead({
    make(_, reuse) {
      const rows = rowsFrom(requested);
      const from = requested;
      const count = packed.take(rows, from);
      const ofEpoch = foldIn(changesKey, Math.floor(from / source.size));
      counts.push(count);
      requested += count;
      const keyOfBatch = foldIn(ofEpoch, (from % source.size) % 2 ** 32);
      return checkedBatch(packed.read(rows.subarray(0, count), keyOfBatch, reuse, from), 'train');
    },
    from: 0,
    ahead,
  });
  return {
    batchSize,
    get position() {
      return drawn;
    },
    next() {
      const batch = draw();
      drawn += counts.shift()!;
      return batch;
    },
  };
}

/** The numbers of the `count` examples from a position on, epoch after epoch. They are worked out in blocks, each new memory. */
function rowsToCome(size: number, key: Key, count: number): (position: number) => Rows {
  const blockLength = Math.max(BLOCK_EXAMPLES, 2 * count);
  let begin = 0;
  let block = emptyRows(size, 0);
  let [epoch, order] = [0, permutation(size, foldIn(key, 0))];
  const fill = (from: number): void => {
    [begin, block] = [from, emptyRows(size, blockLength)];
    for (let at = from; at < from + blockLength; ) {
      const current = Math.floor(at / size);
      if (current !== epoch) [epoch, order] = [current, permutation(size, foldIn(key, current))];
      const end = Math.min(from + blockLength, (current + 1) * size);
      block.set(order.slice(at - current * size, end - current * size), at - from);
      at = end;
    }
  };
  return (position) => {
    if (position < begin || position + count > begin + block.length) fill(position);
    return block.subarray(position - begin, position - begin + count);
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
export function batchSizeProblem(batchSize: number, source: Source): string | undefined {
  const {size, leastBatchSize = 1, largestExample} = source;
  if (Number.isSafeInteger(batchSize) && batchSize >= leastBatchSize && batchSize <= size) return undefined;
  const largest = largestExample === undefined ? 'the largest example' : `the largest example (${largestExample})`;
  if (leastBatchSize > size)
    return (
      `can't be large enough: ${largest} needs ${leastBatchSize} at least, and a batch may have no more than the ${size} training ` +
      'examples; leave that example out, or use more data'
    );
  const least = leastBatchSize === 1 ? '1' : `${leastBatchSize}, which holds ${largest},`;
  return `must be an integer from ${least} to the ${size} training examples, got ${describeValue(batchSize)}`;
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
