import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {leavesOf, type NdArray, type Workload} from '../../src/contract/index.js';
import {createInputQueue} from '../../src/data/index.js';
import {compile, openEngine} from '../../src/engine/index.js';
import {sgd} from '../../src/optimizers/index.js';
import {latestCheckpoint} from '../../src/runs/checkpoints.js';
import {gradientStep} from '../../src/submissions/gradient-step.js';
import {createEvaluator, evaluationEntries} from '../../src/training/index.js';
import {cifar, cifarWith} from '../../workloads/cifar/index.js';
import {writeSmallCifar} from '../helpers/cifar.js';
import {numbersOf, temporaryFolder} from '../helpers/cli.js';
import {runInProcess} from '../helpers/run-in-process.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

/** The same network, but narrow and short. */
const small: Workload = {...cifarWith({filters: 4, stageSizes: [1, 1]}), evalBatchSize: 16};

const config = (method: string, more = '') => `batch_size: 4
evaluation: {every_steps: 1, stop_at_target: false}
hyperparameters: {optimizer: sgd, learning_rate: 0.05, one_minus_beta1: 0.1, nesterov: true, weight_decay: 0.0005, warmup_factor: 0.2}
schedule:
  budget_steps: 8
  warmup_schedule_fns: [linear, linear]
  decay_schedule_fns: [cosine, cosine]
  alter_decays: [0, 0.01]
  alter_warmups: [0, 0]
reset: {method: ${method}, alpha: 0.5}
${more}`;

function folderWithData(): string {
  const folder = temporaryFolder();
  writeSmallCifar(folder);
  return folder;
}

/** Running means and variances in the latest checkpoint. */
function statisticsIn(path: string): {fresh: boolean; values: number[]} {
  const leaves = leavesOf<NdArray>(latestCheckpoint(path).checkpoint!.takeState().modelState);
  const isFresh = ({path, value}: (typeof leaves)[number]) =>
    value.data.every((number) => number === (path.endsWith('/var') ? 1 : 0));
  return {fresh: leaves.every(isFresh), values: leaves.flatMap(({value}) => [...value.data])};
}

describe('the cyclic submission', () => {
  // The boundary is at step 4: the step after it ends with the reset.
  test.each([
    ['reinit', true],
    ['multiply', false],
    ['none', false],
  ])('with reset %s: statistics are fresh after it: %s', async (method, isFresh) => {
    const folder = folderWithData();
    const {path} = await runInProcess({folder, config: config(method), workload: small, maxGlobalSteps: 5});
    expect(statisticsIn(path).fresh).toBe(isFresh);
    expect(numbersOf(join(path, 'reinits.csv'))).toMatchObject([{global_step: '4', cause: 'boundary', method}]);
    const rows = numbersOf(join(path, 'eval_measurements.csv'));
    expect(rows.length).toBe(5);
    for (const row of rows) for (const value of Object.values(row)) expect(Number.isFinite(Number(value))).toBe(true);
  });

  test.each(['adamw', 'nadamw'])('with %s instead of sgd', async (optimizer) => {
    const folder = folderWithData();
    const other = config('reinit')
      .replace('optimizer: sgd', `optimizer: ${optimizer}, beta2: 0.99`)
      .replace('nesterov: true, ', '');
    const {result} = await runInProcess({folder, config: other, workload: small});
    expect(result).toMatchObject({globalStep: 8, official: false});
  });

  test('resumed, the same images, statistics and losses as in one go', async () => {
    const [whole, parts] = [folderWithData(), folderWithData()];
    const {path} = await runInProcess({folder: whole, config: config('reinit'), workload: small});
    for (const maxGlobalSteps of [3, 6]) {
      const resume = maxGlobalSteps === 6;
      await runInProcess({folder: parts, config: config('reinit'), workload: small, maxGlobalSteps, resume});
    }
    const resumed = await runInProcess({folder: parts, config: config('reinit'), workload: small, resume: true});
    for (const table of ['eval_measurements.csv', 'measurements.csv'])
      expect(numbersOf(join(resumed.path, table)), table).toEqual(numbersOf(join(path, table)));
    expect(statisticsIn(resumed.path)).toEqual(statisticsIn(path));
    expect(statisticsIn(path).fresh).toBe(false);
  });

  test("the record has the data's counts", async () => {
    const folder = folderWithData();
    const {path} = await runInProcess({folder, config: config('none'), workload: small, maxGlobalSteps: 1});
    expect(JSON.parse(readFileSync(join(path, 'meta_data_0.json'), 'utf8'))).toMatchObject({
      'workload.num_train_examples': 36,
      'workload.num_validation_examples': 4,
      'workload.num_test_examples': 20,
      data_source: folder,
    });
  });
});

test('metrics are the same for any evaluation batch', async () => {
  await openEngine('wasm');
  const dataset = await small.loadData(folderWithData());
  const program = compile({...small.initModel([0, 1]), optimizer: {}}, evaluationEntries(small));
  const [whole, ...parts] = await Promise.all(
    [36, 20, 7, 1].map((evalBatchSize) =>
      createEvaluator({program, dataset, workload: {...small, evalBatchSize}, key: [0, 2]})(),
    ),
  );
  expect(Object.keys(whole!).length).toBe(8);
  for (const part of parts) {
    for (const [name, value] of Object.entries(whole!))
      expect(Math.abs(part![name]! - value), name).toBeLessThan(1e-5 * Math.max(1, value));
  }
  program.dispose();
});

/** The losses of five steps of ResNet-18 on an engine. */
async function fiveLosses(backend: string): Promise<number[]> {
  await openEngine(backend);
  const {train} = await cifar.loadData(folderWithData());
  const optimizer = sgd({momentum: 0.9, nesterov: true, weightDecay: 5e-4});
  const model = cifar.initModel([0, 1]);
  const program = compile(
    {...model, optimizer: optimizer.init(model.params)},
    {step: gradientStep({workload: cifar, optimizer})},
  );
  const queue = createInputQueue({source: train, batchSize: 4, key: [0, 2]});
  const losses: number[] = [];
  for (let i = 0; i < 5; i++)
    losses.push(program.run('step', {batch: await queue.next(), learningRate: 0.01, key: [0, i]}).number('loss'));
  program.dispose();
  return losses;
}

test.skipIf(!hasTensorflow)(onTensorflow('five steps of ResNet-18 have the same losses as on wasm'), async () => {
  const [onWasm, onGraph] = [await fiveLosses('wasm'), await fiveLosses('tensorflow')];
  expect(onWasm[4]).not.toBe(onWasm[0]);
  for (const [i, loss] of onWasm.entries()) expect(Math.abs(onGraph[i]! - loss), `step ${i}`).toBeLessThan(1e-3 * loss);
});
