import {full, type HostBatch, type Key, type Rows, type Source} from '../contract/index.js';
import {permutation} from './permutation.js';
import {readAhead} from './read-ahead.js';
import {emptyRows} from './rows.js';

/** What an evaluation goes through, and in what portions. */
export interface EvaluationBatchesOptions {
  readonly source: Source;
  /** Examples a batch; where there are fewer examples, that many. An integer of at least 1. */
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
   * with its last example, of weight 0. The field `weights` is the source's own, or [batch], 1 for each example.
   */
  start(): () => HostBatch | Promise<HostBatch>;
}

/** Batches that are read or wait at most: while one is evaluated the next one is read. */
const BATCHES_AHEAD = 2;

/** The batches in which a split is evaluated. */
export function evaluationBatches({source, batchSize, rows}: EvaluationBatchesOptions): EvaluationBatches {
  const size = rows ? rows.length : source.size;
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
    const read = source.read(numbers, undefined, reuse);
    return read instanceof Promise
      ? read.then((fields) => weighted(fields, perBatch, present))
      : weighted(read, perBatch, present);
  };
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
