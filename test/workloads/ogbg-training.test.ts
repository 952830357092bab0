import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {createInputQueue} from '../../src/data/index.js';
import {compile, openEngine} from '../../src/engine/index.js';
import {sgd} from '../../src/optimizers/index.js';
import {readTable} from '../../src/runs/index.js';
import {gradientStep, submissionNames} from '../../src/submissions/index.js';
import {createEvaluator, evaluationEntries} from '../../src/training/index.js';
import {ogbg, ogbgWith} from '../../workloads/ogbg/index.js';
import {numbersOf, temporaryFolder, testBackend} from '../helpers/cli.js';
import {smallSplits, writeTables} from '../helpers/ogbg.js';
import {runInProcess} from '../helpers/run-in-process.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';
import {expectSameResumed, expectTrainedBy, twoCycles} from '../helpers/trained-workloads.js';

/** A network that takes milliseconds a step. */
const network = {latentDim: 8, hiddenDims: [8], messagePassingSteps: 2};
/** These molecules are easy: its target is out of reach. */
const base = ogbgWith(network);
const small = {...base, evalBatchSize: 8, target: {...base.target, validation: 2, test: 2}};

function folderWithData(): string {
  const folder = temporaryFolder();
  writeTables(folder);
  return folder;
}

const config = (reset: string, change = {}): string =>
  twoCycles({batchSize: 7, budgetSteps: 16, everySteps: 4, reset, ...change});

interface Measured {
  readonly loss: number;
  readonly precision: number;
}

describe('training', () => {
  test.each(['reinit', 'multiply', 'none'])(
    'with reset %s, resumed in the middle of an epoch, the same as in one go',
    async (reset) => {
      const run = {folderWithData, workload: small, backend: testBackend};
      const {path, result} = await expectSameResumed(run, {config: config(reset), cuts: [5, 11]});
      expect(result).toMatchObject({globalStep: 16, official: false});
      const evaluations = numbersOf(join(path, 'eval_measurements.csv'));
      expect(evaluations.length).toBeGreaterThan(4);
    },
  );

  test('the loss falls, and the average precision is a number', async () => {
    const {path} = await runInProcess({
      folder: folderWithData(),
      config: config('none', {budgetSteps: 120, everySteps: 60}),
      workload: small,
      backend: testBackend,
    });
    const evaluations = readTable(join(path, 'eval_measurements.csv'));
    const [first, last] = [evaluations[0]!, evaluations.at(-1)!].map((row) => ({
      loss: Number(row['validation/loss']),
      precision: Number(row['validation/mean_average_precision']),
    })) as [Measured, Measured];
    expect(last.loss).toBeLessThan(first.loss / 2);
    expect(last.precision).toBeGreaterThan(0.8);
  });

  // Each submission is compiled: on TensorFlow that takes a minute for all.
  test.skipIf(testBackend === 'tensorflow').each(submissionNames)('the submission %s trains it', async (name) => {
    await expectTrainedBy(name, {folderWithData, workload: small}, 7);
  });
});

test('a batch in which no label is known has the loss 0 and changes nothing', async () => {
  await openEngine('wasm');
  const folder = temporaryFolder();
  const train = smallSplits.train.map((molecule) => ({...molecule, labels: {}}));
  writeTables(folder, {...smallSplits, train});
  const queue = createInputQueue({source: (await small.loadData(folder)).train, batchSize: 3, key: [0, 2]});
  const optimizer = sgd({momentum: 0.9, nesterov: true, weightDecay: 0});
  const model = small.initModel([0, 1]);
  const entries = {step: gradientStep({workload: small, optimizer})};
  const program = compile({...model, optimizer: optimizer.init(model.params)}, entries);
  expect(program.run('step', {batch: await queue.next(), learningRate: 1, key: [0, 1]}).number('loss')).toBe(0);
  expect(program.read().params).toEqual(model.params);
  program.dispose();
});

test('metrics are the same for any evaluation batch', async () => {
  await openEngine('wasm');
  const dataset = await small.loadData(folderWithData());
  const program = compile({...small.initModel([0, 1]), optimizer: {}}, evaluationEntries(small));
  const measure = (evalBatchSize: number) =>
    createEvaluator({program, dataset, workload: {...small, evalBatchSize}, key: [0, 2]})();
  const whole = (await measure(60))!;
  expect(whole['validation/num_examples']).toBe(smallSplits.validation.length);
  for (const part of [await measure(7), await measure(1)]) {
    for (const [name, value] of Object.entries(whole)) expect(part![name]!, name).toBeCloseTo(value, 5);
  }
  program.dispose();
});

/** The losses of four steps of AlgoPerf's network, with its dropout off, on an engine. */
async function fourLosses(backend: string): Promise<number[]> {
  await openEngine(backend);
  const {train} = await ogbg.loadData(folderWithData());
  const optimizer = sgd({momentum: 0.9, nesterov: true, weightDecay: 0});
  const model = ogbg.initModel([0, 1]);
  const program = compile(
    {...model, optimizer: optimizer.init(model.params)},
    {step: gradientStep({workload: ogbg, optimizer})},
  );
  const queue = createInputQueue({source: train, batchSize: 3, key: [0, 2]});
  const losses: number[] = [];
  for (let i = 0; i < 4; i++)
    losses.push(program.run('step', {batch: await queue.next(), learningRate: 0.01, key: [0, i]}).number('loss'));
  program.dispose();
  return losses;
}

test.skipIf(!hasTensorflow)(onTensorflow('four steps have the same losses as on wasm'), async () => {
  const [onWasm, onGraph] = [await fourLosses('wasm'), await fourLosses('tensorflow')];
  expect(onWasm[3]).toBeLessThan(onWasm[0]!);
  for (const [i, loss] of onWasm.entries()) expect(Math.abs(onGraph[i]! - loss), `step ${i}`).toBeLessThan(1e-4 * loss);
});
