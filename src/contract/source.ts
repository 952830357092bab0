import type {HostBatch} from './batch.js';
import type {Key} from './key.js';

/**
 * Numbers of examples, in a batch's order: integers from 0 on, below the source's size. A Uint32Array where that is at most
 * 2^32, else a Float64Array.
 */
export type Rows = Uint32Array | Float64Array;

/**
 * Examples by number, in any order. Shuffling is then a permutation of the numbers, a position in the data is a number, and a
 * run can continue from any position.
 */
export interface Source {
  /** How many examples there are, an integer of at least 1. */
  readonly size: number;
  /**
   * Makes a batch of some examples, each field with one row for each number in `rows`: a function of `rows` and `key` alone. A promise where the examples are read from files or
   * decoded elsewhere: several batches are then asked for ahead of the step. Their order is that of the calls.
   * @param rows - which examples; they do not change afterwards
   * @param key - of this batch's random changes (crops, flips, masks); undefined in evaluation, where examples stay as they are
   * @param reuse - a batch of this source that the caller no longer needs: its memory may be used again
   */
  read(rows: Rows, key?: Key, reuse?: HostBatch): HostBatch | Promise<HostBatch>;
  /**
   * Where examples differ in size and share a batch, as sentences that are packed into rows, or graphs: how they do. Absent: a batch
   * takes `batchSize` examples.
   * @param batchSize - that of the config, or of the evaluation: what it counts is the source's own matter
   * @param use - what the batches are for
   * @returns undefined: for this use a batch takes `batchSize` examples
   */
  packed?(batchSize: number, use: 'training' | 'evaluation'): PackedBatches | undefined;
  /** The smallest batch that holds every example; default 1. */
  readonly leastBatchSize?: number;
  /** Which example needs that, and how large it is: `molecule 20, of 3,000 atoms`. Absent: `the largest example` in messages. */
  readonly largestExample?: string;
  /**
   * A string that differs between sources with different examples, without reading all of them. Absent: the source's size and
   * evenly spaced examples are looked at.
   */
  fingerprint?(): string | Promise<string>;
  /** Ends the threads and closes the files that the source has; nothing is read after it. Absent: it has none. */
  close?(): void | Promise<void>;
}

/**
 * Batches that take as many examples as fit. Training goes through the examples of epoch after epoch without a gap, so that its
 * position is the number of examples taken; a batch may have the end of one epoch and the beginning of the next.
 */
export interface PackedBatches {
  /** The most examples that a batch takes. */
  readonly most: number;
  /**
   * How many of the examples to come the next batch takes, from the first one on: an integer of at least 1.
   * @param rows - `most` of them, or all that are left
   * @param position - how many examples were taken before
   */
  take(rows: Rows, position: number): number;
  /**
   * Makes a batch of the examples that `take` counted, as `Source.read` does. All batches have the same shapes, and the field `weights`,
   * which is 0 for padding.
   * @param position - how many examples were taken before
   */
  read(
    rows: Rows,
    key: Key | undefined,
    reuse: HostBatch | undefined,
    position: number,
  ): HostBatch | Promise<HostBatch>;
}

/** A workload's data in its splits. The evaluation of the training split takes a fixed sample of `train`. */
export interface Dataset {
  readonly train: Source;
  readonly validation: Source;
  /** Absent: the workload has no test split. */
  readonly test?: Source;
  /** The text of tokens, where examples are texts in a vocabulary that comes with the data. */
  detokenize?(tokens: readonly number[]): string;
  /** Where the data came from, for the run's record: a folder or a package. */
  readonly source: string;
  /** What the user should know of it: why it did not come from where it might have been expected. */
  readonly note?: string;
}
