import {z} from 'zod';
import {full, type HostBatch, type Key, type PackedBatches, type Rows, type Source} from '../contract/index.js';
import {checkedOptions, custom} from '../options/index.js';
import {sourceOption} from './option-kinds.js';
import {permutation} from './permutation.js';
import {readAhead} from './read-ahead.js';
import {checkedBatch, readBatch, type SplitOfData} from './read-batch.js';
import {emptyRows} from './rows.js';

/** What an evaluation goes through, and in what portions. */
export interface EvaluationBatchesOptions {
  readonly source: Source;
  /** The part of the data that the source is, for messages. */
  readonly split: SplitOfData;
  /** Examples a batch, or what the source packs into one; where there are fewer examples, that many. An integer of at least 1. */
  readonly batchSize: number;
  /** The examples to take, by number; default: all, in their order. */
  readonly rows?: Rows;
}

/** The batches of a split, the same at each evaluation. */
export interface EvaluationBatches {
  /** How many examples count. */
  readonly size: number;
  /** How many batches there are. */
  readonly count: number;
  /**
   * Goes through them from the first one on. All batches have the same number of examples: what the last one lacks is filled up
   * with its last example, of weight 0. The field `weights` is the source's own, or [batch], 1 for each example. A source that packs
   * its examples pads its batches itself.
   */
  start(): () => HostBatch | Promise<HostBatch>;
}

/** Batches that are read or wait at most: while one is evaluated the next one is read. */
const BATCHES_AHEAD = 2;

const evaluationBatchesOptions = z.strictObject({
  source: sourceOption,
  split: z.enum(['train', 'validation', 'test']),
  batchSize: z.int().min(1),
  rows: custom<Rows>(
    (value) => value instanceof Uint32Array || value instanceof Float64Array,
    'a Uint32Array or a Float64Array',
  ).optional(),
});

/** The batches in which a split is evaluated. @throws RangeError naming every option that is missing, wrong or unknown */
export function evaluationBatches(options: EvaluationBatchesOptions): EvaluationBatches {
  const {source, split, batchSize, rows} = checkedOptions('evaluationBatches', evaluationBatchesOptions, options);
  const size = rows ? rows.length : source.size;
  const packed = source.packed?.(Math.max(Math.min(batchSize, size), source.leastBatchSize ?? 1), 'evaluation');
  if (packed) return packedBatches(options, packed);
  const perBatch = Math.min(batchSize, size);
  const count = Math.ceil(size / perBatch);
  const make = (batch: number, reuse: HostBatch | undefined): HostBatch | Promise<HostBatch> => {
    const from = batch * perBatch;
    const present = Math.min(perBatch, size - from);
    const numbers = emptyRows(source.size, perBatch);
    for (let i = 0; i < perBatch; i++) {
      const at = from + Math.min(i, present - 1);
      numbers[i] = rows ? rows[at]! : at;
    }
    const read = readBatch(source, split, {rows: numbers, reuse});
    return read instanceof Promise
      ? read.then((fields) => weighted(fields, perBatch, present))
      : weighted(read, perBatch, present);
  };
  return {size, count, start: () => readAhead({make, from: 0, end: count, ahead: BATCHES_AHEAD})};
}

function packedBatches({source, split, rows}: EvaluationBatchesOptions, packed: PackedBatches): EvaluationBatches {
  const size = rows ? rows.length : source.size;
  const between = (from: number, to: number): Rows => {
    if (rows) return rows.subarray(from, to);
    const numbers = emptyRows(source.size, to - from);
    for (let i = 0; i < numbers.length; i++) numbers[i] = from + i;
    return numbers;
  };
  const starts = [0];
  while (starts.at(-1)! < size) {
    const from = starts.at(-1)!;
    starts.push(from + packed.take(between(from, Math.min(from + packed.most, size)), from));
  }
  const make = (batch: number, reuse: HostBatch | undefined): HostBatch | Promise<HostBatch> =>
    checkedBatch(packed.read(between(starts[batch]!, starts[batch + 1]!), undefined, reuse, starts[batch]!), split);
  const count = starts.length - 1;
  return {size, count, start: () => readAhead({make, from: 0, end: count, ahead: BATCHES_AHEAD})};
}

/** A batch of which the first `present` examples count. */
function weighted(fields: HostBatch, size: number, present: number): HostBatch {
  const own = fields.weights ?? full([size], 1);
  if (present === size) return {...fields, weights: own};
  const data = own.data.slice().fill(0, (present * own.data.length) / size);
  return {...fields, weights: {shape: own.shape, dtype: own.dtype, data}};
}

/** The numbers of `size` examples that a key chooses, ascending; of all of them if there are fewer. */
export function sampleRows(source: Source, size: number, key: Key): Rows {
  const rows = permutation(source.size, key).slice(0, Math.min(size, source.size));
  return rows.sort();
}
