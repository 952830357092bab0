import {beforeAll, describe, expect, test} from 'vitest';
import {openEngine, tf} from '../../src/engine/index.js';

const places = (...rows: number[]) => tf.tensor2d(rows, [rows.length, 1], 'int32');

describe.each(['wasm', 'cpu'])('on %s what lies outside of a tensor is refused', (backend) => {
  beforeAll(() => openEngine(backend));

  test.each<[string, () => unknown]>([
    ['gatherND', () => tf.gatherND(tf.ones([3, 4]), places(0, 5))],
    ['gatherND below 0', () => tf.gatherND(tf.ones([3, 4]), places(-1))],
    ['scatterND', () => tf.scatterND(places(0, 3), tf.tensor1d([1, 2]), [3])],
    ['tensorScatterUpdate', () => tf.tensorScatterUpdate(tf.zeros([3]), places(0, 3), tf.tensor1d([1, 2]))],
    ['sparseToDense', () => tf.sparseToDense(tf.tensor1d([0, 3], 'int32'), tf.tensor1d([1, 2]), [3], 0)],
    ['slice', () => tf.slice(tf.ones([3]), 2, 4)],
  ])('%s', (_, compute) => {
    expect(compute).toThrow(/index|indices|overflow/i);
  });
});

test('on wasm what lies outside of the images is not cropped', async () => {
  await openEngine('wasm');
  const boxes = tf.tensor2d([[0, 0, 1, 1]]);
  expect(() => tf.image.cropAndResize(tf.ones([1, 4, 4, 1]), boxes, tf.tensor1d([1], 'int32'), [2, 2])).toThrow(
    'CropAndResize: the index value 1 is not in [0, 0], dimension 0 of [1]',
  );
});

test('places of several dimensions are looked up by each of them', async () => {
  await openEngine('wasm');
  const x = tf.reshape(tf.range(0, 6), [2, 3]);
  expect([
    ...tf
      .gatherND(
        x,
        tf.tensor2d(
          [
            [1, 2],
            [0, 1],
          ],
          [2, 2],
          'int32',
        ),
      )
      .dataSync(),
  ]).toEqual([5, 1]);
  expect(() =>
    tf.gatherND(
      x,
      tf.tensor2d(
        [
          [1, 2],
          [2, 1],
        ],
        [2, 2],
        'int32',
      ),
    ),
  ).toThrow('GatherNd: the index value 2 is not in [0, 1], dimension 0 of [2, 3]');
});
