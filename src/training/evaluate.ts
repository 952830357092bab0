import type {
  Dataset,
  Entry,
  HostBatch,
  HostOutputs,
  Key,
  OptimizerState,
  Program,
  RunEntry,
  Workload,
} from '../contract/index.js';
import {type EvaluationBatches, evaluationBatches, sampleRows} from '../data/index.js';
import {UserError} from '../support/index.js';

/** What an evaluation measures, and on what. */
export interface EvaluationOptions {
  /** With the entries that `evaluationEntries` makes. */
  readonly program: Program;
  readonly dataset: Dataset;
  readonly workload: Workload;
  /** Names what of the engine has been replaced; such an evaluation measures nothing. Default: nothing has. */
  readonly engineChange?: () => string | undefined;
  /** `train`, `validation`, `test`; default: all that there are. */
  readonly splits?: readonly string[] | undefined;
  /** Draws the fixed sample of training examples that stands for the training split. */
  readonly key: Key;
}

/** What a submission may name its entries, too. */
const PREFIX = 'evaluation/';

/**
 * The entries of the workload's evaluation as a program has them; the state stays.
 * @param evalParams - gives the parameters to evaluate; default those that are trained
 */
export function evaluationEntries(
  {evaluation}: Workload,
  evalParams: OptimizerState['evalParams'] = (_, params) => params,
): {readonly [name: string]: Entry} {
  return Object.fromEntries(
    Object.entries(evaluation.entries).map(([name, entry]): [string, Entry] => [
      PREFIX + name,
      (state, inputs) => {
        const params = evalParams(state.optimizer, state.params);
        return {state, outputs: entry({params, modelState: state.modelState}, inputs)};
      },
    ]),
  );
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
 * A function that measures the model as it is now on a training sample, the validation and, where there is one, the test split.
 * Metrics are named as AlgoPerf's: `train/accuracy`, `validation/loss`, `test/num_examples`. They are right for any evaluation
 * batch: what the last one lacks has weight 0.
 */
export function createEvaluator(options: EvaluationOptions): Evaluator {
  const {metrics} = options.workload.evaluation;
  const evaluateBatch = batchEvaluator(options);
  const splits = splitBatches(options);
  const batchCount = splits.reduce((sum, [, {count}]) => sum + count, 0);
  return async (shouldContinue) => {
    const results: {[name: string]: number} = {};
    let done = 0;
    for (const [split, batches] of splits) {
      const next = batches.start();
      let states: unknown[] = metrics.map((metric) => metric.start());
      for (let i = 0; i < batches.count; i++, done++) {
        if (shouldContinue && !(await shouldContinue(done / batchCount))) return undefined;
        const batch = await next();
        const outputs = await evaluateBatch(batch);
        states = metrics.map((metric, m) => metric.add(states[m], outputs, batch));
      }
      for (const [m, metric] of metrics.entries()) results[`${split}/${metric.name}`] = metric.finish(states[m]);
      if (split !== 'train') results[`${split}/num_examples`] = batches.size;
    }
    return results;
  };
}

function splitBatches({dataset, workload, splits, key}: EvaluationOptions): [string, EvaluationBatches][] {
  const {evalBatchSize: batchSize, examples} = workload;
  const rows = sampleRows(dataset.train, examples.evalTrain, key);
  return Object.entries({
    train: evaluationBatches({source: dataset.train, batchSize, rows}),
    validation: evaluationBatches({source: dataset.validation, batchSize}),
    ...(dataset.test && {test: evaluationBatches({source: dataset.test, batchSize})}),
  }).filter(([split]) => splits?.includes(split) ?? true);
}

/** The workload's own way to evaluate a batch, or one call of its only entry. */
function batchEvaluator({
  program,
  workload,
  engineChange,
}: EvaluationOptions): (batch: HostBatch) => HostOutputs | Promise<HostOutputs> {
  const {evaluation} = workload;
  const run: RunEntry = (entry, inputs) => {
    requireSameEngine(engineChange);
    return program.run(PREFIX + entry, inputs);
  };
  if (evaluation.evaluateBatch) return (batch) => evaluation.evaluateBatch!(run, batch);
  const [only] = Object.keys(evaluation.entries);
  return (batch) => run(only!, {batch}).arrays();
}

function requireSameEngine(engineChange: EvaluationOptions['engineChange']): void {
  const change = engineChange?.();
  if (change === undefined) return;
  throw new UserError(`${change} was replaced while the run was under way: its evaluations would say nothing`);
}
