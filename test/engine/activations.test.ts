import {beforeAll, describe, expect, test} from 'vitest';
import {openEngine, tf} from '../../src/engine/index.js';
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
