import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {
  closeRuntime,
  openRuntime,
  type Tensor,
  type TrainOptions,
  type Tree,
  train,
  type Workload,
  zeros,
} from '../../src/index.js';
import {UserError} from '../../src/support/index.js';
import {workload as points} from '../../templates/workload.js';
import {temporaryFolder, writeConfig} from '../helpers/cli.js';

const workload: Workload = {...points, name: 'points'};

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});

function run(of: Workload, more: Partial<TrainOptions> = {}) {
  const config = join(
    folder,
    writeConfig(
      folder,
      'submission: adamw\nevaluation: {every_steps: 2}\nhyperparameters: {learning_rate: 0.01, one_minus_beta1: 0.1, beta2: 0.9, weight_decay: 0, warmup_factor: 0}\n',
    ),
  );
  const common = {experimentDir: join(folder, 'experiments'), backend: 'wasm', rngSeed: 1, maxGlobalSteps: 2};
  return train({workload: of, config, ...common, ...more});
}

async function refusalOf(of: unknown): Promise<string> {
  const error = await run(of as Workload).then(String, (reason) => reason);
  expect(error).toBeInstanceOf(UserError);
  return error.message;
}

describe('a workload that is a value', () => {
  test('is trained, variants of it in one runtime as well', async () => {
    const runtime = await openRuntime({workload, backend: 'wasm'}, 8);
    const harder = {...workload, target: {metric: 'accuracy', validation: 0.999}};
    const runs = [await run(workload, {runtime}), await run(harder, {runtime, experimentName: 'harder'})];
    expect(runs.map(({globalStep}) => globalStep)).toEqual([2, 2]);
    await closeRuntime(runtime);
  });

  test('is checked as one of a file', async () => {
    expect(await refusalOf({...workload, batchSize: 0, evalBatchsize: 2})).toBe(
      "workload 'points': workload.batchSize: must be at least 1, found 0\n" +
        "workload 'points': workload.evalBatchsize: there is no such key; did you mean `evalBatchSize`?",
    );
    expect(await refusalOf({...workload, lossMetric: 'los'})).toContain(
      'workload.lossMetric: must be one of the metrics',
    );
    expect(await refusalOf({})).toMatch(/^workload\.name: is missing/);
  });

  test.each<[string, (data: Awaited<ReturnType<Workload['loadData']>>['train']) => object]>([
    ['read failed: Error: no disk', () => ({read: () => failing()})],
    ['read failed: Error: no disk', (source) => ({read: async (rows: never) => withGetter(await source.read(rows))})],
  ])('%s: a fault of its source is its own', async (message, source) => {
    const loadData: Workload['loadData'] = async (dir) => {
      const data = await workload.loadData(dir);
      return {...data, train: {...data.train, ...source(data.train), packed: undefined}} as never;
    };
    expect(await refusalOf({...workload, loadData})).toContain(`workload 'points': ${message}`);
  });

  test.each<[string, unknown]>([
    ["the data's train split: `read` must give a batch, an object of fields {shape, dtype, data}; found null", null],
    ["the data's train split: `read` must give a batch", {}],
    ["the data's train split: `read` was asked for 256 examples", {inputs: zeros([3, 2])}],
  ])('says %s', async (message, batch) => {
    const loadData: Workload['loadData'] = async (dir) => {
      const data = await workload.loadData(dir);
      return {...data, train: {size: 4000, read: () => batch as never}};
    };
    expect(await refusalOf({...workload, loadData})).toContain(`workload 'points': ${message}`);
  });

  test.each<[string, (hidden: Tensor) => Tree<Tensor>]>([
    [
      "a modelState with the structure of the one it got: trees differ in structure at '(root)': missing 'mean'",
      () => ({}),
    ],
    ["modelState 'mean' as it got it, float32 [2]; found float32 [64, 2]", (logits) => ({mean: logits})],
    ["modelState 'mean' as it got it, float32 [2]; found 3", () => ({mean: 3 as never})],
  ])('whose modelFn must give %s', async (message, stateOf) => {
    const modelFn: Workload['modelFn'] = (...given) => {
      const {logits} = workload.modelFn(...given);
      return {logits, modelState: stateOf(logits as Tensor)};
    };
    const initModel: Workload['initModel'] = (key) => ({...workload.initModel(key), modelState: {mean: zeros([2])}});
    expect(await refusalOf({...workload, initModel, modelFn})).toContain(
      `workload 'points': modelFn must give ${message}`,
    );
  });

  test('with no metrics, and with a source of a part of an example', async () => {
    expect(await refusalOf({...workload, metrics: {}})).toBe(
      "workload 'points': workload.metrics: must have at least one metric, found {}",
    );
    const loadData: Workload['loadData'] = async (dir) => {
      const data = await workload.loadData(dir);
      return {...data, validation: {...data.validation, size: 2.5}};
    };
    expect(await refusalOf({...workload, loadData})).toContain(
      'loadData must give an integer of at least 1 as validation.size; found 2.5',
    );
  });

  test.each([undefined, 3, Promise.resolve({})])('whose evaluation gives %s is refused by its entry', async (given) => {
    const evaluation = {...workload.evaluation, entries: {sums: () => given as never}};
    expect(await refusalOf({...workload, evaluation})).toContain(
      "workload 'points': evaluation entry 'sums' must give tensors by name, {loss: ...}, at once; found ",
    );
  });

  test('whose evaluation gives nothing that its metrics need', async () => {
    const evaluation = {...workload.evaluation, entries: {sums: () => ({})}};
    expect(await refusalOf({...workload, evaluation})).toContain(
      "metric 'accuracy': the evaluation gives no output 'accuracy'; it gives none at all",
    );
  });
});

function failing(): never {
  throw new Error('no disk');
}

function withGetter(batch: object): object {
  return Object.defineProperty({...batch}, 'inputs', {enumerable: true, get: failing});
}
