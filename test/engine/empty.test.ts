import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, Tensor} from '../../src/contract/index.js';
import {compile, openEngine, tf} from '../../src/engine/index.js';
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
      ['a fused product', () => tf.fused.matMul({a: tf.zeros([2, 0]), b: tf.zeros([0, 1])}), [2, 1], [0, 0]],
      ['a product of transposed', () => tf.matMul(tf.zeros([0, 2]), tf.zeros([1, 0]), true, true), [2, 1], [0, 0]],
    ])('%s is 0', (_, compute, shape, values) => {
      const result = compute();
      expect([result.shape, [...result.dataSync()]]).toEqual([shape, values]);
    });

    test.each<[string, () => ReturnType<typeof tf.sum>, number[]]>([
      ['cumulative sums', () => tf.cumsum(tf.zeros([0, 3])), [0, 3]],
      ['cumulative products', () => tf.cumprod(tf.zeros([2, 0]), 1), [2, 0]],
      ['a transpose', () => tf.transpose(tf.zeros([0, 3, 2]), [2, 0, 1]), [2, 0, 3]],
      ['rows', () => tf.gather(tf.zeros([3, 2]), tf.tensor1d([], 'int32')), [0, 2]],
      ['rows of each batch', () => tf.gather(tf.zeros([2, 3, 2]), tf.zeros([2, 0], 'int32'), 1, 1), [2, 0, 2]],
      ['places of the largest', () => tf.argMax(tf.zeros([0, 3]), 1), [0]],
    ])('%s are nothing', (_, compute, shape) => {
      expect(compute().shape).toEqual(shape);
      expect(compute().dataSync().length).toBe(0);
    });

    test('the gradient of a filter is 0', () => {
      // biome-ignore lint/suspicious/noExplicitAny: tfjs's signatures tell ranks apart
      const gradient = tf.grad((filter: any) => tf.sum(tf.conv2d(tf.zeros([0, 4, 4, 1]) as any, filter, 1, 'same')));
      expect([...gradient(tf.ones([2, 1, 1, 1])).dataSync()]).toEqual([0, 0]);
    });

    test('the gradient of a pool is nothing', () => {
      // biome-ignore lint/suspicious/noExplicitAny: tfjs's signatures tell ranks apart
      const gradient = tf.grad((x: any) => tf.sum(tf.maxPool(x, 2, 2, 'same')));
      expect(gradient(tf.zeros([0, 4, 4, 1])).shape).toEqual([0, 4, 4, 1]);
      const entry: Entry = (state, {x}) => ({state, outputs: {dx: gradient(x as Tensor)}});
      const program = compile({params: {}, modelState: {}, optimizer: {}}, {entry});
      const outputs = program.run('entry', {x: {shape: [0, 4, 4, 1], dtype: 'float32', data: new Float32Array()}});
      expect(outputs.array('dx').shape).toEqual([0, 4, 4, 1]);
      program.dispose();
    });

    test.skipIf(backend === 'wasm')('the gradient of a pool of integers is that of their values', () => {
      // biome-ignore lint/suspicious/noExplicitAny: tfjs's signatures tell ranks apart
      const gradient = tf.grad((x: any) => tf.maxPool(x, 2, 2, 'valid'));
      const result = gradient(tf.reshape(tf.range(0, 8, 1, 'int32'), [1, 2, 4, 1]));
      expect([result.dtype, [...result.dataSync()]]).toEqual(['float32', [0, 0, 0, 0, 0, 1, 0, 1]]);
    });

    test.skipIf(backend === 'cpu').each([
      ['prod', 'float32', 1],
      ['max', 'float32', -Infinity],
      ['min', 'float32', Infinity],
      ['prod', 'int32', 1],
      ['max', 'int32', -(2 ** 31)],
      ['min', 'int32', 2 ** 31 - 1],
      ['any', 'bool', 0],
      ['all', 'bool', 1],
    ] as const)('%s of %s is the value that changes no other', (reduce, dtype, value) => {
      const result = tf[reduce](tf.zeros([0, 2], dtype), 0);
      expect([result.dtype, [...result.dataSync()]]).toEqual([dtype, [value, value]]);
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
