import {beforeAll, describe, expect, test} from 'vitest';
import {type Entry, leavesOf, type NdArray, type Tensor, type Tree} from '../../src/contract/index.js';
import {compile, lossAndGradients, openEngine, tf} from '../../src/engine/index.js';
import {cifar} from '../../workloads/cifar/index.js';
import {resNet} from '../../workloads/cifar/model.js';
import goldenFile from '../golden/cifar.json' with {type: 'json'};
import {filledByFormula, noise} from '../helpers/noise.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

const golden = goldenFile.network;
const begun = cifar.initModel([0, 5]);
const state = {params: filledByFormula(begun.params), modelState: filledByFormula(begun.modelState), optimizer: {}};
const batch = {
  inputs: noise([golden.batch, 32, 32, 3], 99, 1.7),
  targets: {shape: [golden.batch], dtype: 'int32', data: Int32Array.of(0, 3, 6, 9)} as NdArray,
  weights: {shape: [golden.batch], dtype: 'float32', data: Float32Array.of(1, 1, 1, 0)} as NdArray,
};

/** One pass each way: logits, loss, gradients and the moved statistics as outputs. */
const look: Entry = (current, inputs) => {
  const result = lossAndGradients((params: Tree<Tensor>) => {
    const model = cifar.modelFn(params, inputs.batch, current.modelState, {mode: 'train'});
    const {summed, nValidExamples} = cifar.lossFn({logits: model.logits, batch: inputs.batch});
    return {loss: tf.div(summed, nValidExamples), aux: {logits: model.logits, modelState: model.modelState}};
  }, current.params);
  const {logits, modelState} = result.aux as {logits: Tensor; modelState: Tree<Tensor>};
  const named = (prefix: string, tree: Tree<Tensor>) =>
    leavesOf(tree).map(({path, value}) => [`${prefix}${path}`, value]);
  const all = [...named('gradient ', result.gradients), ...named('state ', modelState)];
  return {state: current, outputs: {loss: result.loss, logits, ...Object.fromEntries(all)}};
};

const evaluated: Entry = (current, inputs) => {
  const model = cifar.modelFn(current.params, inputs.batch, current.modelState, {mode: 'eval'});
  return {state: current, outputs: {logits: model.logits as Tensor}};
};

describe.each(['wasm', 'tensorflow'])('on %s', (backend) => {
  const skipped = backend === 'tensorflow' && !hasTensorflow;
  const title = `the model agrees with ${goldenFile.madeBy}`;
  beforeAll(async () => {
    if (!skipped) await openEngine(backend);
  });

  test.skipIf(skipped)(backend === 'tensorflow' ? onTensorflow(title) : title, () => {
    const program = compile(state, {look, evaluated});
    const outputs = program.run('look', {batch});
    expect(Math.abs(outputs.number('loss') / golden.loss - 1)).toBeLessThan(1e-5);
    expectNear(outputs.array('logits').data, golden.logits, 1e-4, 1);
    expectNear(program.run('evaluated', {batch}).array('logits').data, golden.evalLogits, 1e-4, 1);
    for (const [kind, tensors] of [
      ['gradient', golden.gradients],
      ['state', golden.modelState],
    ] as const) {
      expect(Object.keys(tensors).length).toBe(kind === 'gradient' ? 62 : 40);
      for (const [path, {at, values, norm}] of Object.entries(tensors)) {
        const {data} = outputs.array(`${kind} ${path}`);
        expect(Math.abs(normOf(data) / norm - 1), `norm of ${kind} ${path}`).toBeLessThan(1e-4);
        const found = at.map((i) => data[i]!);
        expectNear(found, values, 1e-4, norm / Math.sqrt(data.length), `${kind} ${path}`);
      }
    }
    program.dispose();
  });
});

describe('initModel', () => {
  const leaves = new Map(leavesOf<NdArray>(begun.params).map(({path, value}) => [path, value]));

  test('has as many parameters as its layers, one by one', () => {
    const block = (inputs: number, filters: number) => {
      const projection = inputs === filters ? 0 : inputs * filters + 2 * filters;
      return 9 * inputs * filters + 2 * filters + 9 * filters * filters + 2 * filters + projection;
    };
    const stage = (inputs: number, filters: number) => block(inputs, filters) + block(filters, filters);
    const stem = 9 * 3 * 64 + 2 * 64;
    const head = 512 * 10 + 10;
    const layers = stem + stage(64, 64) + stage(64, 128) + stage(128, 256) + stage(256, 512) + head;
    const count = [...leaves.values()].reduce((sum, {data}) => sum + data.length, 0);
    expect([layers, golden.parameterCount, count]).toEqual([11_173_962, 11_173_962, 11_173_962]);
  });

  test("draws kernels with flax's deviation and the head with 0.01; the last scale of a block is 0", () => {
    for (const [path, {data, shape}] of leaves) {
      const [layer, name] = path.split('/').slice(-2);
      const deviation = normOf(data) / Math.sqrt(data.length);
      const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
      if (path === 'dense0/kernel') expect(deviation).toBeCloseTo(0.01, 3);
      else if (name === 'kernel') expect(Math.abs(deviation * Math.sqrt(fanIn) - 1), path).toBeLessThan(0.05);
      else expect(new Set(data), path).toEqual(new Set([name === 'scale' && layer !== 'batchNorm1' ? 1 : 0]));
    }
    const statistics = leavesOf<NdArray>(begun.modelState);
    expect(statistics.length).toBe(40);
    for (const {path, value} of statistics)
      expect(new Set(value.data)).toEqual(new Set([path.endsWith('/var') ? 1 : 0]));
  });

  test('is a function of its key', () => {
    const {initModel} = resNet({filters: 2, stageSizes: [1]});
    expect(initModel([0, 5])).toEqual(initModel([0, 5]));
    expect(initModel([0, 5])).not.toEqual(initModel([0, 6]));
  });
});

function normOf(data: NdArray['data']): number {
  let sum = 0;
  for (const value of data) sum += value * value;
  return Math.sqrt(sum);
}

/** Within `relative` of each value, or of `scale` where a value is smaller than that. */
function expectNear(
  found: ArrayLike<number>,
  expected: readonly number[],
  relative: number,
  scale: number,
  name = '',
): void {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(found[i]! - value), `${name} ${i}`).toBeLessThanOrEqual(
      relative * Math.max(Math.abs(value), scale),
    );
  }
}
