import {beforeEach, describe, expect, test} from 'vitest';
import {openEngine, tf} from '../../src/engine/index.js';
import {replaceTensorflowKernels} from '../../src/engine/tensorflow/kernels.js';
import {hasTensorflow} from '../helpers/tensorflow.js';

const X = [-2, -0.5, 0, 0.5, 3];

describe.each(['wasm', 'cpu', ...(hasTensorflow ? ['tensorflow'] : [])])('on %s', (backend) => {
  beforeEach(async () => {
    await openEngine(backend);
    if (backend === 'tensorflow') replaceTensorflowKernels();
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
});
