import {beforeAll, describe, expect, test} from 'vitest';
import type {Tensor} from '../../src/contract/index.js';
import {openEngine, tf, uniform} from '../../src/engine/index.js';
import {dropout, foldTensor, keyedUniform} from '../../src/engine/keyed-random.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

const keyOf = (high: number, low: number): Tensor => tf.tensor1d([high, low], 'int32');
const backends = ['wasm', 'cpu', 'tensorflow'] as const;

describe.each(backends)('%s', (backend) => {
  const isMissing = backend === 'tensorflow' && !hasTensorflow;

  describe.skipIf(isMissing)(isMissing ? onTensorflow('random numbers') : 'random numbers', () => {
    beforeAll(async () => {
      await openEngine(backend);
    });

    test('are a function of the key, in [0, 1), with the moments of the uniform distribution', () => {
      const draw = (key: Tensor) => tf.tidy(() => keyedUniform(key, [100, 200]).dataSync());
      const values = [...draw(keyOf(-5, 9))];
      expect([...draw(keyOf(-5, 9))]).toEqual(values);
      expect([...draw(keyOf(-5, 10))]).not.toEqual(values);
      expect(draw(foldTensor(keyOf(-5, 9), 1))).toEqual(draw(keyOf(-5, 10)));
      expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(Math.abs(mean - 1 / 2)).toBeLessThan(0.01);
      expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.003);
    });

    test('dropout sets a share to 0 and scales the others, and so its gradient', () => {
      tf.tidy(() => {
        const x = tf.fill([4000], 3);
        const dropped = dropout(x, 0.25, keyOf(1, 2)).dataSync();
        const zeros = dropped.filter((value) => value === 0).length;
        expect(Math.abs(zeros / 4000 - 0.25)).toBeLessThan(0.03);
        expect(dropped.every((value) => value === 0 || Math.abs(value - 4) < 1e-5)).toBe(true);
        const gradient = tf
          .grad((given) => tf.sum(dropout(given, 0.25, keyOf(1, 2))))(x)
          .dataSync();
        gradient.forEach((value, i) => {
          expect(value).toBeCloseTo(dropped[i]! / 3, 5);
        });
        expect(dropout(x, 0, keyOf(1, 2))).toBe(x);
      });
    });

    test('leave no tensors behind', () => {
      const key = keyOf(1, 2);
      const before = tf.memory().numTensors;
      tf.tidy(() => void dropout(tf.ones([10]), 0.5, key));
      expect(tf.memory().numTensors).toBe(before);
      key.dispose();
    });
  });
});

test('where entries run op by op, the numbers are those of `uniform`', async () => {
  await openEngine('cpu');
  const drawn = keyedUniform(keyOf(-1, 3), [3, 5]);
  expect([...drawn.dataSync()]).toEqual([...uniform([2 ** 32 - 1, 3], [3, 5]).data]);
});

test.each([
  [-0.1, 'rate must be in [0, 1], got -0.1'],
  [1, 'rate must be below 1, got 1'],
])('a rate of %f is refused', (rate, message) => {
  expect(() => dropout(tf.ones([1]), rate, keyOf(0, 0))).toThrow(message);
});
