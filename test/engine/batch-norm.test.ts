import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, NdArray, Tensor} from '../../src/contract/index.js';
import {type BatchNormOptions, batchNorm, compile, lossAndGradients, openEngine, tf} from '../../src/engine/index.js';
import golden from '../golden/cifar.json' with {type: 'json'};
import {noise} from '../helpers/noise.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

const shape = [3, 2, 2, 4];
const x = noise(shape, 7, 2);
x.data.forEach((value, i) => {
  x.data[i] = value + (i % 4);
});
const [weight, params, state] = [
  noise(shape, 8),
  {scale: noise([4], 9, 0.5, 1), bias: noise([4], 10)},
  {mean: noise([4], 11), var: noise([4], 12, 1, 1.5)},
];

/** Everything that the golden file has of a case: outputs, running statistics, gradients. */
function look(options: BatchNormOptions): Entry {
  return (trainState, inputs) => {
    const {aux, gradients} = lossAndGradients((current) => {
      const {x, ...parameters} = current as {x: Tensor; scale: Tensor; bias: Tensor};
      const result = batchNorm(parameters, trainState.modelState as never, x, options);
      return {loss: tf.sum(tf.mul(result.output, inputs.weight)), aux: {output: result.output, ...result.state}};
    }, trainState.params);
    return {state: trainState, outputs: {...(aux as object), ...(gradients as object)}};
  };
}

function looked(options: BatchNormOptions): (name: string) => NdArray['data'] {
  const program = compile({params: {...params, x}, modelState: {...state}, optimizer: {}}, {look: look(options)});
  const before = tf.memory().numTensors;
  const outputs = program.run('look', {weight});
  expect(tf.memory().numTensors).toBe(before);
  program.dispose();
  return (name) => outputs.array(name).data;
}

describe.each(['wasm', 'cpu', 'tensorflow'])('on %s', (backend) => {
  const skipped = backend === 'tensorflow' && !hasTensorflow;
  beforeAll(async () => {
    if (!skipped) await openEngine(backend);
  });

  test.skipIf(skipped).each(['train', 'eval'] as const)(
    backend === 'tensorflow'
      ? onTensorflow(`in mode %s agrees with ${golden.madeBy}`)
      : `in mode %s agrees with ${golden.madeBy}`,
    (mode) => {
      const found = looked({mode, momentum: 0.9, epsilon: 1e-3});
      for (const [name, values] of Object.entries(golden.batchNorm[mode])) {
        values.forEach((value, i) => {
          expect(Math.abs(found(name)[i]! - value), `${name} ${i}`).toBeLessThan(2e-6 * Math.max(1, Math.abs(value)));
        });
      }
    },
  );

  test.skipIf(skipped)('with updateBatchNorm false the batch is normalised by itself and the statistics stay', () => {
    const found = looked({mode: 'train', updateBatchNorm: false, momentum: 0.9, epsilon: 1e-3});
    expect(Math.abs(found('output')[5]! - golden.batchNorm.train.output[5]!)).toBeLessThan(2e-6);
    expect(found('mean')).toEqual(state.mean.data);
    expect(found('var')).toEqual(state.var.data);
  });
});

describe.each(['wasm', ...(hasTensorflow ? ['tensorflow'] : [])])('on %s', (backend) => {
  beforeAll(() => openEngine(backend));

  test.each(['train', 'eval'] as const)(
    'rows and sequences are normalised as images of as many pixels, in mode %s',
    (mode) => {
      const values = [1, 2, 3, 5, 8, 13, 21, 34];
      const params = {scale: tf.tensor1d([1, 2]), bias: tf.tensor1d([0, 1])};
      const state = {mean: tf.tensor1d([1, 2]), var: tf.tensor1d([3, 4])};
      const [images, rows, sequences] = [
        [2, 1, 2, 2],
        [4, 2],
        [2, 2, 2],
      ].map((shape) => {
        const {output, state: after} = batchNorm(params as never, state as never, tf.tensor(values, shape) as never, {
          mode,
        });
        return {shape: output.shape, values: [output, after.mean, after.var].map((each) => [...each.dataSync()])};
      });
      expect([rows!.shape, sequences!.shape]).toEqual([
        [4, 2],
        [2, 2, 2],
      ]);
      expect([rows!.values, sequences!.values]).toEqual([images!.values, images!.values]);
    },
  );
});

test.each([
  [{momentum: 1.5}, 'momentum must be in [0, 1], got 1.5'],
  [{epsilon: 0}, 'epsilon must be above 0, got 0'],
  [{mode: 'evaluation' as never}, "batchNorm: mode must be 'train' or 'eval', got \"evaluation\""],
])('%o is refused', (options, message) => {
  expect(() => batchNorm({} as never, {} as never, {} as never, {mode: 'train' as const, ...options})).toThrow(
    new RangeError(message),
  );
});
