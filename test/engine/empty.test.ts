import {beforeAll, describe, expect, test} from 'vitest';
import {openEngine, tf} from '../../src/engine/index.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

describe.each(['wasm', 'cpu', 'tensorflow'])('on %s', (backend) => {
  const isMissing = backend === 'tensorflow' && !hasTensorflow;

  describe.skipIf(isMissing)(isMissing ? onTensorflow('of nothing') : 'of nothing', () => {
    beforeAll(async () => {
      await openEngine(backend);
      // What memory is left from before is not 0.
      tf.dispose(Array.from({length: 8}, () => tf.fill([8], 7)));
    });

    test.each<[string, () => ReturnType<typeof tf.sum>, number[], number[]]>([
      ['a sum', () => tf.sum(tf.zeros([0, 3])), [], [0]],
      ['a sum of columns', () => tf.sum(tf.zeros([0, 3]), 0), [3], [0, 0, 0]],
      ['a sum that keeps its dimension', () => tf.sum(tf.zeros([2, 0]), 1, true), [2, 1], [0, 0]],
      ['a product', () => tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 1])), [2, 1], [0, 0]],
      ['a product of transposed', () => tf.matMul(tf.zeros([0, 2]), tf.zeros([1, 0]), true, true), [2, 1], [0, 0]],
    ])('%s is 0', (_, compute, shape, values) => {
      const result = compute();
      expect([result.shape, [...result.dataSync()]]).toEqual([shape, values]);
    });

    test('a sum of integers is one', () => {
      const result = tf.sum(tf.zeros([0, 2], 'int32'), 0);
      expect([result.dtype, [...result.dataSync()]]).toEqual(['int32', [0, 0]]);
    });

    test.skipIf(backend === 'cpu')('a mean is NaN', () => {
      const result = tf.mean(tf.zeros([0, 2]), 0);
      expect([result.shape, [...result.dataSync()]]).toEqual([[2], [Number.NaN, Number.NaN]]);
    });
  });
});
