import {beforeAll, describe, expect, test} from 'vitest';
import type {Tensor} from '../../src/contract/index.js';
import {compile, openEngine, tf} from '../../src/engine/index.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

const X = [-2, -0.5, 0, 0.5, 3];

describe.each(['wasm', 'cpu', 'tensorflow'])('on %s', (backend) => {
  const isMissing = backend === 'tensorflow' && !hasTensorflow;

  describe.skipIf(isMissing)(isMissing ? onTensorflow('gradients') : 'gradients', () => {
    beforeAll(async () => {
      await openEngine(backend);
    });

    test('the gradient of relu is 1 above 0, and 0 elsewhere', () => {
      const gradient = tf.grad((x) => tf.sum(tf.mul(tf.relu(x), tf.tensor1d([1, 2, 3, 4, 5]))));
      expect([...gradient(tf.tensor1d(X)).dataSync()].map((value) => value + 0)).toEqual([0, 0, 0, 4, 5]);
    });

    test('and it has a gradient itself', () => {
      // The first gradient is 2 relu(x), so the second one is 2 where x is above 0.
      const first = tf.grad((x) => tf.sum(tf.square(tf.relu(x))));
      const second = tf.grad((x) => tf.sum(first(x)));
      expect([...second(tf.tensor1d(X)).dataSync()].map((value) => value + 0)).toEqual([0, 0, 0, 2, 2]);
    });

    test.each(['relu', 'relu6'] as const)('%s of NaN is NaN, also behind a product in an entry', (activation) => {
      const array = (shape: number[], ...values: number[]) =>
        ({shape, dtype: 'float32', data: Float32Array.from(values)}) as const;
      const program = compile(
        {params: {kernel: array([1, 3], 1, 1, 9), bias: array([3], Number.NaN, -2, 0)}, modelState: {}, optimizer: {}},
        {
          layer: (state, {x}) => {
            const {kernel, bias} = state.params as {kernel: Tensor; bias: Tensor};
            const product = tf.add(tf.matMul(x as never, kernel as never), bias);
            return {state, outputs: {y: tf[activation](product)}};
          },
        },
      );
      const {data} = program.run('layer', {x: array([1, 1], 1)}).array('y');
      program.dispose();
      expect([...data]).toEqual([Number.NaN, 0, activation === 'relu' ? 9 : 6]);
    });

    test('relu of integers is of integers', () => {
      const result = tf.relu(tf.tensor1d([-2, 0, 3], 'int32'));
      expect([result.dtype, [...result.dataSync()]]).toEqual(['int32', [0, 0, 3]]);
    });

    test('the gradient of sigmoid is that of the formula', () => {
      const gradient = tf
        .grad((x) => tf.sum(tf.sigmoid(x)))(tf.tensor1d(X))
        .dataSync();
      X.forEach((x, i) => {
        const y = 1 / (1 + Math.exp(-x));
        expect(Math.abs(gradient[i]! - y * (1 - y))).toBeLessThan(1e-7);
      });
    });
  });
});
