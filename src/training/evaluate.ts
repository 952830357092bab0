import type {Dataset, Entry, ExampleField, Examples, HostBatch, Key, Program, Workload} from '../contract/index.js';
import {zerosLike} from '../contract/index.js';
import {copyRows, permutation} from '../engine/index.js';
import {countOf} from './input-queue.js';

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
 * A function that measures the model as it is now on a training sample, the validation and the test split. Metrics are named
 * as AlgoPerf's: `train/accuracy`, `validation/loss`, `test/num_examples`. They are right for any evaluation batch: the last
 * one is padded with zeros of weight 0.
 */
export function createEvaluator(options: EvaluationOptions): () => {[name: string]: number} {
  const {dataset, workload, key} = options;
  const sample = sampleOf(dataset.train, workload.examples.evalTrain, key);
  return () => ({
    ...metricsOf(sample, 'train', options),
    ...metricsOf(dataset.validation, 'validation', options),
    'validation/num_examples': countOf(dataset.validation),
    ...metricsOf(dataset.test, 'test', options),
    'test/num_examples': countOf(dataset.test),
  });
}

/** The same `size` examples for the same key; all of them if there are fewer. */
function sampleOf(examples: Examples, size: number, key: Key): Examples {
  const count = countOf(examples);
  const rows = permutation(count, key).slice(0, size).sort();
  const take = (array: ExampleField): ExampleField => {
    const width = array.data.length / count;
    const taken: ExampleField = {
      ...array,
      shape: [rows.length, ...array.shape.slice(1)],
      data: array.data.slice(0, rows.length * width),
    };
    copyRows(array, rows, taken);
    return taken;
  };
  return Object.fromEntries(Object.entries(examples).map(([field, array]) => [field, take(array)]));
}

function metricsOf(
  examples: Examples,
  split: string,
  {program, workload}: EvaluationOptions,
): {[name: string]: number} {
  const count = countOf(examples);
  const size = Math.min(workload.evalBatchSize, count);
  const sums = new Map(workload.metrics.map((metric) => [metric, 0]));
  for (let from = 0; from < count; from += size) {
    const outputs = program.run('evaluate', {batch: batchFrom(examples, from, size, workload)});
    for (const metric of workload.metrics) sums.set(metric, sums.get(metric)! + outputs.number(metric));
  }
  return Object.fromEntries([...sums].map(([metric, sum]) => [`${split}/${metric}`, sum / count]));
}

function batchFrom(examples: Examples, from: number, size: number, {makeBatch}: Workload): HostBatch {
  if (!makeBatch) return padded(examples as HostBatch, from, size);
  const present = Math.min(size, countOf(examples) - from);
  const rows = Uint32Array.from({length: present}, (_, i) => from + i);
  return padded(makeBatch(examples, rows, undefined), 0, size);
}

/** `size` examples from `from` on, with their weights; a whole batch is a view, not a copy. */
function padded(examples: HostBatch, from: number, size: number): HostBatch {
  const present = Math.min(size, countOf(examples) - from);
  const fields = Object.entries(examples).map(([field, {data, shape, dtype}]) => {
    const width = data.length / shape[0]!;
    const rows = data.subarray(from * width, (from + present) * width);
    const isWhole = present === size;
    const values = isWhole ? rows : zerosLike(data, size * width);
    if (!isWhole) values.set(rows);
    return [field, {shape: [size, ...shape.slice(1)], dtype, data: values}];
  });
  const weights = new Float32Array(size).fill(1, 0, present);
  return {...Object.fromEntries(fields), weights: {shape: [size], dtype: 'float32', data: weights}};
}
