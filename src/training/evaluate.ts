import type {
  Dataset,
  Entry,
  ExampleField,
  Examples,
  HostBatch,
  Key,
  NdArray,
  Program,
  Workload,
} from '../contract/index.js';
import {zerosLike} from '../contract/index.js';
import {alignedBytes, copyRows, permutation} from '../engine/index.js';
import {batchTaker, countOf} from './input-queue.js';

/** What an evaluation measures, and on what. */
export interface EvaluationOptions {
  /** With an entry `evaluate` as `evaluateEntry` makes it. */
  readonly program: Program;
  readonly dataset: Dataset;
  readonly workload: Workload;
  /** Draws the fixed sample of training examples that stands for the training split. */
  readonly key: Key;
}

/** The workload's evaluation as a program's entry: input `batch`, outputs the sums of its metrics; the state stays. */
export function evaluateEntry(workload: Workload): Entry {
  return (state, {batch}) => ({state, outputs: workload.evaluate(state.params, batch, state.modelState)});
}

/**
 * Measures the model as it is now.
 * @param shouldContinue - called before each batch with the share that is done, in [0, 1); false gives the evaluation up
 * @returns each metric's value, or undefined if it was given up
 */
export type Evaluator = (
  shouldContinue?: (share: number) => Promise<boolean>,
) => Promise<{readonly [name: string]: number} | undefined>;

/**
 * A function that measures the model as it is now on a training sample, the validation and the test split. Metrics are named
 * as AlgoPerf's: `train/accuracy`, `validation/loss`, `test/num_examples`. They are right for any evaluation batch: the last
 * one is padded with an example of weight 0.
 */
export function createEvaluator({program, dataset, workload, key}: EvaluationOptions): Evaluator {
  const splits = {
    train: sampleOf(dataset.train, workload.examples.evalTrain, key),
    validation: dataset.validation,
    test: dataset.test,
  };
  const batches = Object.entries(splits).flatMap(([split, examples]) => batchesOf(split, examples, workload));
  return async (shouldContinue) => {
    const sums = new Map<string, number>();
    for (const [i, {split, make}] of batches.entries()) {
      if (shouldContinue && !(await shouldContinue(i / batches.length))) return undefined;
      const outputs = program.run('evaluate', {batch: make()});
      for (const metric of workload.metrics) {
        const name = `${split}/${metric}`;
        sums.set(name, (sums.get(name) ?? 0) + outputs.number(metric));
      }
    }
    return Object.fromEntries(
      Object.entries(splits).flatMap(([split, examples]) => {
        const count = countOf(examples);
        const means = workload.metrics
          .map((metric) => `${split}/${metric}`)
          .map((name) => [name, sums.get(name)! / count]);
        return split === 'train' ? means : [...means, [`${split}/num_examples`, count]];
      }),
    );
  };
}

/** The same `size` examples for the same key; all of them if there are fewer. */
function sampleOf(examples: Examples, size: number, key: Key): Examples {
  const count = countOf(examples);
  const rows = permutation(count, key).slice(0, size).sort();
  const take = (array: ExampleField): ExampleField => {
    const length = (rows.length * array.data.length) / count;
    // Aligned, an engine that picks rows of it need not copy it.
    const data = array.data instanceof Uint8Array ? alignedBytes(length) : zerosLike(array.data, length);
    copyRows(array, rows, data);
    return {...array, shape: [rows.length, ...array.shape.slice(1)], data};
  };
  return Object.fromEntries(Object.entries(examples).map(([field, array]) => [field, take(array)]));
}

interface EvaluationBatch {
  readonly split: string;
  make(): HostBatch;
}

function batchesOf(split: string, examples: Examples, workload: Workload): EvaluationBatch[] {
  const count = countOf(examples);
  const size = Math.min(workload.evalBatchSize, count);
  const take = batchMaker(examples, size, workload);
  return Array.from({length: Math.ceil(count / size)}, (_, batch) => {
    const from = batch * size;
    const present = Math.min(size, count - from);
    // What is missing is filled up with the last example, of weight 0.
    const rows = Uint32Array.from({length: size}, (_, i) => from + Math.min(i, present - 1));
    const weights: NdArray = {shape: [size], dtype: 'float32', data: new Float32Array(size).fill(1, 0, present)};
    return {split, make: () => ({...take(rows), weights})};
  });
}

function batchMaker(examples: Examples, size: number, {makeBatch}: Workload): (rows: Uint32Array) => HostBatch {
  return makeBatch ? (rows) => makeBatch(examples, rows, undefined) : batchTaker(examples, size);
}
