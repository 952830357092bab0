import type {Dataset, Entry, Key, OptimizerState, Program, Workload} from '../contract/index.js';
import {evaluationBatches, sampleRows} from '../data/index.js';

/** What an evaluation measures, and on what. */
export interface EvaluationOptions {
  /** With an entry `evaluate` as `evaluateEntry` makes it. */
  readonly program: Program;
  readonly dataset: Dataset;
  readonly workload: Workload;
  /** Draws the fixed sample of training examples that stands for the training split. */
  readonly key: Key;
}

/**
 * The workload's evaluation as a program's entry: input `batch`, outputs the sums of its metrics; the state stays.
 * @param evalParams - gives the parameters to evaluate; default those that are trained
 */
export function evaluateEntry(
  workload: Workload,
  evalParams: OptimizerState['evalParams'] = (_, params) => params,
): Entry {
  return (state, {batch}) => {
    const params = evalParams(state.optimizer, state.params);
    return {state, outputs: workload.evaluate(params, batch, state.modelState)};
  };
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
  const {evalBatchSize: batchSize, examples} = workload;
  const metrics = Object.keys(workload.metrics);
  const rows = sampleRows(dataset.train, examples.evalTrain, key);
  const splits = Object.entries({
    train: evaluationBatches({source: dataset.train, batchSize, rows}),
    validation: evaluationBatches({source: dataset.validation, batchSize}),
    ...(dataset.test && {test: evaluationBatches({source: dataset.test, batchSize})}),
  });
  const batchCount = splits.reduce((sum, [, {count}]) => sum + count, 0);
  return async (shouldContinue) => {
    const results: {[name: string]: number} = {};
    let done = 0;
    for (const [split, batches] of splits) {
      const next = batches.start();
      const sums = new Map<string, number>();
      for (let i = 0; i < batches.count; i++, done++) {
        if (shouldContinue && !(await shouldContinue(done / batchCount))) return undefined;
        const outputs = program.run('evaluate', {batch: await next()});
        for (const metric of metrics) sums.set(metric, (sums.get(metric) ?? 0) + outputs.number(metric));
      }
      for (const metric of metrics) results[`${split}/${metric}`] = sums.get(metric)! / batches.size;
      if (split !== 'train') results[`${split}/num_examples`] = batches.size;
    }
    return results;
  };
}
