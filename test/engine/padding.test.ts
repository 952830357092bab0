import {beforeAll, describe, expect, test} from 'vitest';
import {openEngine, tf} from '../../src/engine/index.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

// tfjs's signatures tell ranks apart, which values made by a table can't.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Any = any;

function wave(...shape: number[]): Any {
  return tf.tensor(
    Float32Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, i) => Math.sin(i + 1)),
    shape,
  );
}

const sides = (pad: number): Any => [
  [0, 0],
  [pad, pad],
  [pad, pad],
  [0, 0],
];

type Padded = (x: Any, filter: Any, pad: number | ReturnType<typeof sides>) => Any;

/** The last shape is that of the result. */
const cases: readonly [name: string, compute: Padded, x: number[], filter: number[], pad: number, result: number[]][] =
  [
    ['conv2d', (x, filter, pad) => tf.conv2d(x, filter, 1, pad), [1, 5, 4, 2], [3, 2, 2, 3], 1, [1, 5, 5, 3]],
    [
      'conv2d with strides',
      (x, filter, pad) => tf.conv2d(x, filter, [2, 1], pad),
      [2, 5, 4, 1],
      [2, 2, 1, 2],
      1,
      [2, 3, 5, 2],
    ],
    [
      'conv2d of square windows',
      (x, filter, pad) => tf.conv2d(x, filter, 2, pad),
      [1, 6, 6, 1],
      [3, 3, 1, 2],
      1,
      [1, 3, 3, 2],
    ],
    [
      'depthwiseConv2d',
      (x, filter, pad) => tf.depthwiseConv2d(x, filter, 1, pad),
      [1, 5, 4, 2],
      [3, 2, 2, 2],
      1,
      [1, 5, 5, 4],
    ],
    ['maxPool', (x, _, pad) => tf.maxPool(x, [3, 2], [2, 1], pad), [1, 5, 4, 2], [1], 1, [1, 3, 5, 2]],
    ['avgPool', (x, _, pad) => tf.avgPool(x, [3, 2], [2, 1], pad), [1, 5, 4, 2], [1], 1, [1, 3, 5, 2]],
    [
      'conv2d without padding',
      (x, filter, pad) => tf.conv2d(x, filter, 1, pad),
      [1, 1, 6, 2],
      [1, 3, 2, 1],
      0,
      [1, 1, 4, 1],
    ],
  ];

describe.each(['wasm', 'cpu', 'tensorflow'])('on %s', (backend) => {
  const isMissing = backend === 'tensorflow' && !hasTensorflow;

  describe.skipIf(isMissing)(isMissing ? onTensorflow('padding') : 'padding', () => {
    beforeAll(async () => {
      await openEngine(backend);
    });

    /** TensorFlow pads these as a whole or not at all. */
    const own = cases.filter(([name]) => backend !== 'tensorflow' || name.startsWith('conv2d'));

    test.each([0.5, -1])('by %d is refused', (pad) => {
      expect(() => tf.conv2d(wave(1, 5, 4, 2), wave(3, 2, 2, 3), 1, pad)).toThrow(
        `Conv2D: padding must be a whole number from 0 on, got ${pad}`,
      );
    });

    test.skipIf(backend === 'cpu')('with sizes rounded up is refused', () => {
      const rounded = () => tf.conv2d(wave(1, 5, 4, 2), wave(2, 2, 2, 3), 2, 1, 'NHWC', 1, 'ceil');
      expect(rounded).toThrow(`Conv2D: the ${backend} engine can't round sizes by 'ceil'; take 'floor'`);
    });

    test.each(own)('by a number is that of each side: %s', (_, compute, xShape, filterShape, pad, shape) => {
      const [x, filter] = [wave(...xShape), wave(...filterShape)];
      const [byNumber, bySides] = [pad, sides(pad)].map((padding) => {
        const result = compute(x, filter, padding);
        const loss = (x: Any, filter: Any) =>
          tf.sum(tf.add(tf.square(compute(x, filter, padding)), tf.mul(0, tf.sum(filter))));
        return [result.shape, ...[result, ...tf.grads(loss)([x, filter])].map((each) => [...each.dataSync()])];
      });
      expect(byNumber).toEqual(bySides);
      expect(byNumber![0]).toEqual(shape);
    });

    test.each([Number.NaN, -Infinity, 2])('with %d gives that', (value) => {
      expect([...tf.pad(tf.tensor1d([1, 3]), [[1, 0]], value).dataSync()]).toEqual([value, 1, 3]);
    });

    test('a fused convolution has the slope 0.2 of leakyrelu where none is given', () => {
      const [x, filter] = [tf.tensor4d([-1, 2], [1, 1, 2, 1]), tf.ones([1, 1, 1, 1])] as [Any, Any];
      const result = tf.fused.conv2d({x, filter, strides: 1, pad: 'same', activation: 'leakyrelu'});
      expect([...result.dataSync()]).toEqual([Math.fround(-0.2), 2]);
    });
  });
});
