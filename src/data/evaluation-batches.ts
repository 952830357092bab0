import type {HostBatch, Key, NdArray, Rows, Source} from '../contract/index.js';
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
   * with its last example; the field `weights` [batch] is 1 for an example that counts and 0 for such a one.
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
    const data = new Float32Array(perBatch).fill(1, 0, present);
    const weights: NdArray = {shape: [perBatch], dtype: 'float32', data};
    const read = source.read(numbers, undefined, reuse);
    return read instanceof Promise ? read.then((fields) => ({...fields, weights})) : {...read, weights};
  };
  return {size, count, start: () => readAhead({make, from: 0, end: count, ahead: BATCHES_AHEAD})};
}

/** The numbers of `size` examples that a key chooses, ascending; of all of them if there are fewer. */
export function sampleRows(source: Source, size: number, key: Key): Rows {
  const rows = permutation(source.size, key).slice(0, Math.min(size, source.size));
  return rows.sort();
}
