import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {
  closeRuntime,
  type Loss,
  mapTree,
  type NdArray,
  openRuntime,
  type Tensor,
  type TrainOptions,
  type Tree,
  tf,
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

  test('is trained in each of two runtimes that are open, and in two at once', async () => {
    const open = () => openRuntime({workload, backend: 'wasm'}, 8);
    const [first, second] = await Promise.all([open(), open()]);
    const alone = await run(workload, {runtime: first, experimentName: 'alone'});
    const together = await Promise.all([
      run(workload, {runtime: first, experimentName: 'first'}),
      run(workload, {runtime: second, experimentName: 'second'}),
      run(workload, {experimentName: 'own'}),
    ]);
    for (const {result} of together) expect(result!.last).toEqual(alone.result!.last);
    await Promise.all([first, second].map(closeRuntime));
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
    [
      "the data's train split: `read` gave a batch whose field 'inputs' is float32, so its data has to be in a Float32Array; found a list",
      {inputs: {shape: [256, 2], dtype: 'float32', data: []}},
    ],
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

  test.each([undefined, 3, Promise.resolve({}), generated()])(
    'whose evaluation gives %s is refused by its entry',
    async (given) => {
      const evaluation = {...workload.evaluation, entries: {sums: () => given as never}};
      expect(await refusalOf({...workload, evaluation})).toContain(
        "workload 'points': evaluation entry 'sums' must give tensors by name, {loss: ...}, at once; found ",
      );
    },
  );

  test('whose sources are of classes has what those inherit: their size, fingerprint and end', async () => {
    const calls: string[] = [];
    class Counting {
      readonly inner: Awaited<ReturnType<Workload['loadData']>>['train'];
      constructor(inner: Awaited<ReturnType<Workload['loadData']>>['train']) {
        this.inner = inner;
      }
      get size() {
        return this.inner.size;
      }
      read(rows: Uint32Array) {
        return this.inner.read(rows);
      }
      fingerprint() {
        calls.push('fingerprint');
        return 'counted';
      }
      close() {
        calls.push('close');
      }
    }
    const loadData: Workload['loadData'] = async (dir) => {
      const {train: source, validation, ...data} = await workload.loadData(dir);
      return {...data, train: new Counting(source), validation: new Counting(validation)};
    };
    expect((await run({...workload, loadData})).globalStep).toBe(2);
    expect(calls.slice(0, 2)).toEqual(['fingerprint', 'fingerprint']);
    expect(calls.filter((call) => call === 'close')).toHaveLength(2);
  });

  test.each<[string, (metric: Workload['evaluation']['metrics'][number]) => object]>([
    ["add of metric 'accuracy' must give its state, at once; found a promise", () => ({add: async () => 1})],
    ["add of metric 'accuracy' must give its state, at once; found undefined", () => ({add: () => undefined})],
    ["start of metric 'accuracy' must give its state, at once; found a promise", () => ({start: async () => 1})],
    ["add of metric 'accuracy' must give its state, at once; found a generator", () => ({*add() {}})],
  ])('says that %s', async (message, change) => {
    const metrics = workload.evaluation.metrics.map((metric) => ({...metric, ...change(metric)})) as never;
    expect(await refusalOf({...workload, evaluation: {...workload.evaluation, metrics}})).toContain(
      `workload 'points': ${message}`,
    );
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['3', 3],
    ['a generator', generated()],
  ])('whose evaluateBatch gives %s is told so', async (found, given) => {
    const evaluation = {...workload.evaluation, evaluateBatch: () => given as never};
    expect(await refusalOf({...workload, evaluation})).toContain(
      `workload 'points': evaluateBatch must give outputs by name; found ${found}`,
    );
  });

  test('whose detokenize is no function is told so', async () => {
    const loadData: Workload['loadData'] = async (dir) => ({
      ...(await workload.loadData(dir)),
      detokenize: 'x' as never,
    });
    expect(await refusalOf({...workload, loadData})).toBe(
      'workload \'points\': loadData must give a function as detokenize, or none; found "x"',
    );
  });

  test.each<[string, (leaf: NdArray) => object]>([
    [
      "initModel's params 'dense0/kernel' has 1 values; its shape [2, 32] is for 64",
      (leaf) => ({
        ...leaf,
        get data() {
          return new Float32Array(1);
        },
      }),
    ],
    [
      'initModel failed: Error: no disk',
      (leaf) => ({
        ...leaf,
        get data() {
          return failing();
        },
      }),
    ],
    [
      'initModel must give float32 as params \'dense0/kernel\'; found "int32"',
      (leaf) => ({...leaf, dtype: 'int32', data: new Int32Array(64)}),
    ],
    [
      "initModel must give finite numbers as params 'dense0/kernel'; found NaN",
      (leaf) => ({...leaf, data: new Float32Array(64).fill(Number.NaN, 63)}),
    ],
    [
      "initModel must give finite numbers as params 'dense0/kernel'; found -Infinity",
      (leaf) => ({
        ...leaf,
        get data() {
          return new Float32Array(64).fill(-Infinity, 63);
        },
      }),
    ],
  ])('whose model is wrong is told: %s', async (message, change) => {
    const initModel: Workload['initModel'] = (key) => {
      const {params, modelState} = workload.initModel(key);
      const changed = mapTree<NdArray, object>(params, (leaf, path) =>
        path === 'dense0/kernel' ? change(leaf) : leaf,
      );
      return {params: changed as never, modelState};
    };
    expect(await refusalOf({...workload, initModel})).toContain(`workload 'points': ${message}`);
  });

  test.each<[string, (loss: Loss) => object]>([
    [
      'lossFn must give a float32 scalar as summed; found int32 []',
      (loss) => ({...loss, summed: tf.cast(loss.summed, 'int32')}),
    ],
    ['lossFn must give a float32 scalar as summed; found float32 [64]', (loss) => ({...loss, summed: loss.perExample})],
    ['lossFn must give a float32 scalar as nValidExamples; found 4', (loss) => ({...loss, nValidExamples: 4})],
    ['lossFn must give {summed, nValidExamples, perExample}; found an object', ({perExample: _, ...loss}) => loss],
  ])('whose loss is wrong is told: %s', async (message, change) => {
    const lossFn: Workload['lossFn'] = (given) => change(workload.lossFn(given)) as Loss;
    expect(await refusalOf({...workload, lossFn})).toContain(`workload 'points': ${message}`);
  });

  test('whose model disposes of a parameter is told so', async () => {
    const modelFn: Workload['modelFn'] = (params, ...others) => {
      const result = workload.modelFn(params, ...others);
      (params as {dense0: {bias: Tensor}}).dense0.bias.dispose();
      return result;
    };
    expect(await refusalOf({...workload, modelFn})).toContain(
      "workload 'points': modelFn has disposed of params 'dense0/bias', which it was given; the engine frees tensors, a model none",
    );
  });

  test('whose model is not of arrays is told which is not', async () => {
    const initModel: Workload['initModel'] = (key) => {
      const {params, modelState} = workload.initModel(key);
      const [name, array] = Object.entries(params as {[name: string]: object})[0]!;
      return {
        params: {
          ...(params as object),
          [name]: mapTree(array as never, (leaf: object) => ({...leaf, data: [1]})),
        } as never,
        modelState,
      };
    };
    expect(await refusalOf({...workload, initModel})).toMatch(
      /^workload 'points': initModel's params '.*' is float32, so its data has to be in a Float32Array; found a list/,
    );
  });

  test('whose targets are of another shape than their classes is refused', async () => {
    const loadData: Workload['loadData'] = async (dir) => {
      const data = await workload.loadData(dir);
      const read = async (rows: Uint32Array) => {
        const {targets, ...rest} = await data.train.read(rows);
        return {...rest, targets: {...targets!, shape: [rows.length, 1]}};
      };
      return {...data, train: {size: data.train.size, read}} as never;
    };
    expect(await refusalOf({...workload, loadData})).toMatch(
      /softmaxCrossEntropy: for logits \[\d+, 2\] targets must be class numbers int32 \[\d+\] or distributions .*; found int32 \[\d+, 1\]/,
    );
  });

  test.each<[string, object]>([
    ['train.packed must give nothing, or {most, take, read}, at once; found true', {packed: () => true}],
    ['train.packed must give nothing, or {most, take, read}, at once; found an object', {packed: () => ({most: 2})}],
    [
      'train.packed must give nothing, or {most, take, read}, at once; found a promise',
      {packed: async () => undefined},
    ],
    ...[0, 2 ** 40].map((most): [string, object] => [
      `train.packed must give an integer from 1 to 16777216 as most; found ${most}`,
      {packed: () => ({most, take: () => 1, read: () => ({})})},
    ]),
    ['loadData must give a function as train.close, or none; found true', {close: true}],
    ['loadData must give an integer of at least 1 as train.leastBatchSize; found "3"', {leastBatchSize: '3'}],
    ['loadData must give a string as train.largestExample, or none; found NaN', {largestExample: Number.NaN}],
    [
      'train.packed().take must give an integer from 1 to 2, the examples it is asked about, at once; found 3',
      {packed: () => ({most: 2, take: () => 3, read: () => ({})})},
    ],
    [
      'train.packed().take must give an integer from 1 to 2, the examples it is asked about, at once; found 0',
      {packed: () => ({most: 2, take: () => 0, read: () => ({})})},
    ],
    ['train.fingerprint must give a string; found 3', {fingerprint: () => 3}],
    ['train.fingerprint must give a string; found undefined', {fingerprint: async () => undefined}],
  ])('whose source is wrong is told: %s', async (message, change) => {
    const loadData: Workload['loadData'] = async (dir) => {
      const data = await workload.loadData(dir);
      return {...data, train: {...data.train, ...change}} as never;
    };
    expect(await refusalOf({...workload, loadData})).toBe(`workload 'points': ${message}`);
  });

  test('that is still a promise is told to be waited for', async () => {
    expect(await refusalOf(Promise.resolve(workload))).toBe(
      'workload: must be a workload, or its name; found a promise: await what loads it',
    );
  });

  test('whose evaluation gives nothing that its metrics need', async () => {
    const evaluation = {...workload.evaluation, entries: {sums: () => ({})}};
    expect(await refusalOf({...workload, evaluation})).toContain(
      "metric 'accuracy': the evaluation gives no output 'accuracy'; it gives none at all",
    );
  });
});

async function* generated() {}

function failing(): never {
  throw new Error('no disk');
}

function withGetter(batch: object): object {
  return Object.defineProperty({...batch}, 'inputs', {enumerable: true, get: failing});
}
