import {
  type Dataset,
  type Entry,
  type EvaluationContext,
  type EvaluationEntry,
  escapedName,
  type HostBatch,
  type HostOutputs,
  isBranch,
  type Key,
  leavesOf,
  mapTree,
  type NdArray,
  type OptimizerState,
  type Program,
  type RunEntry,
  type Tensor,
  type Tree,
  type Workload,
} from '../contract/index.js';
import {type EvaluationBatches, evaluationBatches, sampleRows} from '../data/index.js';
import {callApart, compile as compileOnEngine, isPlainTensor} from '../engine/index.js';
import type {EvaluatedModel} from '../runs/index.js';
import {describeValue, isByName, SubmissionError, UserError} from '../support/index.js';
import {type Compile, decoderProgram} from './decoder-program.js';

/** What an evaluation measures, and on what. */
export interface EvaluationOptions {
  /** With the entries that `evaluationEntries` makes. */
  readonly program: Program;
  /** Makes the program of the workload's decoder, where it has one; default: the engine's `compile`. */
  readonly compile?: Compile;
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

/** The entry that gives the model as it is evaluated: its leaves by their paths. */
const MODEL = 'evaluated model';

/**
 * The entries of the workload's evaluation as a program has them; the state stays.
 * @param evalParams - a submission's function that gives the parameters to evaluate; absent: those that are trained
 */
export function evaluationEntries(
  {evaluation}: Workload,
  evalParams?: OptimizerState['evalParams'],
): {readonly [name: string]: Entry} {
  const entryOf =
    (name: string, entry: EvaluationEntry): Entry =>
    (state, inputs) => {
      const {optimizer, params: trained, modelState} = state;
      const params = evalParams ? callApart(() => evalParams(optimizer, trained), refuseReplaced) : trained;
      requirePlainTensors({params, modelState});
      return {state, outputs: requireOutputs(entry({params, modelState}, inputs), name)};
    };
  const own = Object.entries(evaluation.entries).map(([name, entry]) => [PREFIX + name, entryOf(name, entry)]);
  const isModelRead = evaluation.decoder !== undefined || evalParams !== undefined;
  return Object.fromEntries([...own, ...(isModelRead ? [[MODEL, entryOf(MODEL, leavesByName)]] : [])]);
}

function requireOutputs(outputs: ReturnType<EvaluationEntry>, name: string): ReturnType<EvaluationEntry> {
  if (isByName(outputs)) return outputs;
  throw new SubmissionError(
    `evaluation entry '${name}' must give tensors by name, {loss: ...}, at once; found ${describeValue(outputs)}`,
  );
}

const leavesByName: EvaluationEntry = ({params, modelState}) =>
  Object.fromEntries(leavesOf<Tensor>(escaped({params, modelState})).map(({path, value}) => [path, value]));

/** The tree with names by which no two of its leaves share a path. */
function escaped<T>(tree: Tree<T>): Tree<T> {
  if (!isBranch(tree)) return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, child]) => [escapedName(name), escaped(child)]));
}

/**
 * The model as it is evaluated, on the host.
 * @param program - with the entries that {@link evaluationEntries} makes for a decoder, or for `evalParams`
 */
export function evaluatedModel(program: Program): EvaluatedModel {
  const arrays = program.run(MODEL, {}).arrays();
  const {params, modelState} = program.leaves();
  const model = {params, modelState} as Tree<NdArray>;
  const evaluated = leavesOf(escaped(model)).map(({path}) => {
    if (arrays[path] === undefined) throw new SubmissionError(`evalParams gives no '${path}'`);
    return arrays[path];
  });
  // What is evaluated has the form of what is trained.
  let next = 0;
  return mapTree<NdArray, NdArray>(model, () => evaluated[next++]!) as unknown as EvaluatedModel;
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
  const splits = splitBatches(options);
  const batchCount = splits.reduce((sum, [, {count}]) => sum + count, 0);
  return async (shouldContinue) => {
    let [done, isGivenUp] = [0, false];
    const pause = async (): Promise<void> => {
      isGivenUp = shouldContinue !== undefined && !(await shouldContinue(done / batchCount));
      if (isGivenUp) throw new Error('the evaluation is given up');
    };
    const batches = batchEvaluator(options, pause);
    const evaluateBatch: EvaluateBatch = async (batch) => {
      const outputs = await batches.evaluate(batch);
      done += 1;
      return outputs;
    };
    const results: {[name: string]: number} = {};
    try {
      for (const split of splits)
        Object.assign(results, await evaluateSplit(split, {workload: options.workload, evaluateBatch, pause}));
      return results;
    } catch (error) {
      if (isGivenUp) return undefined;
      throw error;
    } finally {
      batches.end();
    }
  };
}

type EvaluateBatch = (batch: HostBatch) => HostOutputs | Promise<HostOutputs>;

interface SplitEvaluation extends Pick<EvaluationOptions, 'workload'>, Pick<EvaluationContext, 'pause'> {
  readonly evaluateBatch: EvaluateBatch;
}

async function evaluateSplit(
  [split, batches]: [string, EvaluationBatches],
  {workload, evaluateBatch, pause}: SplitEvaluation,
): Promise<{readonly [name: string]: number}> {
  const {metrics} = workload.evaluation;
  const next = batches.start();
  let states: unknown[] = metrics.map((metric) => metric.start());
  for (let i = 0; i < batches.count; i++) {
    await pause();
    const batch = await next();
    const outputs = await evaluateBatch(batch);
    states = metrics.map((metric, m) => metric.add(states[m], outputs, batch));
  }
  const values = metrics.map((metric, m) => [`${split}/${metric.name}`, metric.finish(states[m])]);
  return {...Object.fromEntries(values), ...(split !== 'train' && {[`${split}/num_examples`]: batches.size})};
}

function splitBatches({dataset, workload, splits, key}: EvaluationOptions): [string, EvaluationBatches][] {
  const {evalBatchSize: batchSize, examples} = workload;
  const rows = sampleRows(dataset.train, examples.evalTrain, key);
  return Object.entries({
    train: evaluationBatches({split: 'train', source: dataset.train, batchSize, rows}),
    validation: evaluationBatches({split: 'validation', source: dataset.validation, batchSize}),
    ...(dataset.test && {test: evaluationBatches({split: 'test', source: dataset.test, batchSize})}),
  }).filter(([split]) => splits?.includes(split) ?? true);
}

/** One evaluation's way to evaluate batches. */
interface BatchEvaluator {
  readonly evaluate: EvaluateBatch;
  /** Frees what the evaluation has made. */
  end(): void;
}

/** The workload's own way to evaluate a batch, or one call of its only entry. */
function batchEvaluator(options: EvaluationOptions, pause: EvaluationContext['pause']): BatchEvaluator {
  const {program, workload, dataset, compile = compileOnEngine} = options;
  const {entries, decoder: decoding, evaluateBatch} = workload.evaluation;
  const decoder = decoding && decoderProgram(decoding, compile, () => evaluatedModel(program));
  const run = entryRunner(options);
  const runFor =
    (batch: HostBatch): RunEntry =>
    (entry, inputs) => {
      if (!decoding || !Object.hasOwn(decoding.entries, entry)) return run(entry, inputs);
      requireSameEngine(options.engineChange);
      return decoder!.run(entry, inputs, batchSizeOf(batch));
    };
  const [only] = Object.keys(entries);
  return {
    evaluate: (batch) =>
      evaluateBatch
        ? evaluateBatch.call(workload.evaluation, runFor(batch), batch, {dataset, pause})
        : runFor(batch)(only!, {batch}).arrays(),
    end: () => decoder?.dispose(),
  };
}

function batchSizeOf(batch: HostBatch): number {
  return Object.values(batch)[0]!.shape[0]!;
}

/** Runs the entries of {@link evaluationEntries} by the workload's names of them. */
export function entryRunner({program, engineChange}: Pick<EvaluationOptions, 'program' | 'engineChange'>): RunEntry {
  return (entry, inputs) => {
    requireSameEngine(engineChange);
    return program.run(PREFIX + entry, inputs);
  };
}

/** @throws UserError naming a tensor of the model by which other code would take part in its evaluation */
function requirePlainTensors({params, modelState}: Parameters<EvaluationEntry>[0]): void {
  const changed = leavesOf<Tensor>({params, modelState}).find(({value}) => !isPlainTensor(value));
  if (changed) refuseReplaced(`a field of the tensor '${changed.path}'`);
}

function requireSameEngine(engineChange: EvaluationOptions['engineChange']): void {
  const change = engineChange?.();
  if (change !== undefined) refuseReplaced(change);
}

function refuseReplaced(part: string): never {
  throw new UserError(`${part} was replaced while the run was under way: its evaluations would say nothing`);
}
