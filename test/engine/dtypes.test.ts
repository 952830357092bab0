import {beforeAll, describe, expect, test} from 'vitest';
import type {Tensor} from '../../src/contract/index.js';
import {openEngine, tf} from '../../src/engine/index.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

// tfjs's signatures tell ranks apart, which values made by a table can't.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Any = any;
type Result = [dtype: string, values: number[]];

function bools(...rows: number[][]): Any {
  return tf.tensor2d(rows, undefined, 'bool');
}

function ints(...rows: number[][]): Any {
  return tf.tensor2d(rows, undefined, 'int32');
}

const valuesOf = (x: Tensor): Result => [x.dtype, [...x.dataSync()].map((value) => value + 0)];

/** Each has more than 256 in it somewhere, or what a float32 can't hold: bits that are cut or taken for others show. */
const right: {[name: string]: [() => Tensor, Result]} = {
  'a cast of integers to bools': [() => tf.cast(ints([-3, 0], [256, 5]), 'bool'), ['bool', [1, 0, 1, 1]]],
  'a cast of floats to bools': [() => tf.cast(tf.tensor1d([0.5, 0, -0.1]), 'bool'), ['bool', [1, 0, 1]]],
  'a cast of NaN to a bool': [() => tf.cast(tf.tensor1d([Number.NaN]), 'bool'), ['bool', [1]]],
  'a choice of bools': [
    () => tf.where(bools([1, 0], [0, 1]), bools([1, 0], [1, 1]), bools([1, 1], [0, 1])),
    ['bool', [1, 1, 0, 1]],
  ],
  'a choice of integers': [() => tf.where(bools([1, 0]), ints([16777217, 2]), ints([3, 4])), ['int32', [16777217, 4]]],
  'bools reversed': [() => tf.reverse(bools([1, 0, 0], [1, 1, 0]), 1), ['bool', [0, 0, 1, 0, 1, 1]]],
  'each second bool': [
    () => tf.stridedSlice(bools([1, 0, 0], [1, 1, 1]), [0, 0], [2, 3], [1, 2]),
    ['bool', [1, 0, 1, 1]],
  ],
  'each second integer': [
    () => tf.stridedSlice(ints([16777217, 0, -3], [1, 1, 7]), [0, 0], [2, 3], [1, 2]),
    ['int32', [16777217, -3, 1, 7]],
  ],
  'ones of floats': [
    () => tf.oneHot(tf.tensor1d([1, 5, 0], 'int32'), 2, 0.75, 0.25, 'float32'),
    ['float32', [0.25, 0.75, 0.25, 0.25, 0.75, 0.25]],
  ],
  'ones of bools': [() => tf.oneHot(tf.tensor1d([1, 5], 'int32'), 2, 1, 0, 'bool'), ['bool', [0, 1, 0, 0]]],
  'integers rounded': [() => tf.round(ints([-3, 16777217])), ['int32', [-3, 16777217]]],
  'the band of bools': [() => tf.linalg.bandPart(bools([1, 1], [1, 1]), 0, 0), ['bool', [1, 0, 0, 1]]],
  'integers clipped': [() => tf.clipByValue(ints([-300, 0, 16777217]), -256, 2 ** 24), ['int32', [-256, 0, 2 ** 24]]],
  'integers clipped by infinite bounds': [
    () => tf.clipByValue(ints([-3, 5, 70]), 0, Number.POSITIVE_INFINITY),
    ['int32', [0, 5, 70]],
  ],
  'prelu by integers': [() => tf.prelu(tf.tensor1d([-3, 2]), tf.tensor1d([2, 2], 'int32')), ['float32', [-6, 2]]],
  'step of integers': [() => tf.step(ints([-3, 0, 300])), ['int32', [0, 0, 1]]],
  'relu6 of integers': [() => tf.relu6(ints([-3, 5, 300])), ['int32', [0, 5, 6]]],
  'the gradient of relu at integers': [
    () => tf.grad((x) => tf.sum(tf.relu(x)))(tf.tensor1d([-1, 0, 2], 'int32')),
    ['float32', [0, 0, 1]],
  ],
  'the gradient of relu6 at integers': [
    () => tf.grad((x) => tf.sum(tf.relu6(x)))(tf.tensor1d([-1, 2, 7], 'int32')),
    ['float32', [0, 1, 0]],
  ],
  'prelu by rows': [
    () =>
      tf.prelu(
        tf.tensor2d([
          [-1, 2],
          [-3, -4],
        ]),
        tf.tensor2d([[10], [100]]),
      ),
    ['float32', [-10, 2, -300, -400]],
  ],
  'the gradient of prelu by rows': [
    () => {
      const factors = tf.grad((alpha) =>
        tf.sum(
          tf.prelu(
            tf.tensor2d([
              [-1, 2],
              [-3, -4],
            ]),
            alpha,
          ),
        ),
      );
      return factors(tf.tensor2d([[10], [100]])) as Tensor;
    },
    ['float32', [-1, -7]],
  ],
  'sums up to the last of a dimension': [
    () => tf.cumsum(ints([1, 2, 3], [4, 5, 6]), -1),
    ['int32', [1, 3, 6, 4, 9, 15]],
  ],
  'products along the first dimension': [
    () =>
      tf.cumprod(
        tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
        -2,
      ),
    ['float32', [1, 2, 3, 8]],
  ],
  ...Object.fromEntries(
    (['maximum', 'minimum'] as const).flatMap((extreme): [string, [() => Tensor, Result]][] => [
      [
        `the ${extreme} with NaN on each side`,
        [
          () => tf[extreme](tf.tensor1d([Number.NaN, 1, 2]), tf.tensor1d([1, Number.NaN, 2])),
          ['float32', [Number.NaN, Number.NaN, 2]],
        ],
      ],
      [
        `the ${extreme} of a number and NaN`,
        [() => tf[extreme](1, tf.tensor1d([Number.NaN, 1])), ['float32', [Number.NaN, 1]]],
      ],
      [
        `the ${extreme} of columns and a row`,
        [
          () => tf[extreme](tf.tensor2d([[1], [1]]), tf.tensor2d([[Number.NaN, 1, 1]])),
          ['float32', [Number.NaN, 1, 1, Number.NaN, 1, 1]],
        ],
      ],
    ]),
  ),
  'NaN clipped': [() => tf.clipByValue(tf.tensor1d([Number.NaN, 3]), 0, 1), ['float32', [Number.NaN, 1]]],
  'a fused product': [
    () => {
      const [a, b, bias] = [
        tf.tensor2d([[1, 2]]),
        tf.tensor2d([
          [1, -1, 1],
          [1, 0, 1],
        ]),
        tf.tensor1d([1, 0, Number.NaN]),
      ];
      return tf.fused.matMul({a, b, bias, activation: 'relu'});
    },
    ['float32', [4, 0, Number.NaN]],
  ],
  'a fused convolution': [
    () => {
      const [x, filter, bias] = [tf.tensor4d([1, -2], [1, 1, 2, 1]), tf.tensor4d([2], [1, 1, 1, 1]), tf.tensor1d([1])];
      return tf.fused.conv2d({x: x as Any, filter, strides: 1, pad: 'valid', bias, activation: 'relu'});
    },
    ['float32', [3, 0]],
  ],
  'a fused depthwise convolution': [
    () => {
      const [x, filter, bias] = [tf.tensor4d([1, -2], [1, 1, 2, 1]), tf.tensor4d([2], [1, 1, 1, 1]), tf.tensor1d([1])];
      return tf.fused.depthwiseConv2d({x: x as Any, filter, strides: 1, pad: 'valid', bias, activation: 'relu6'});
    },
    ['float32', [3, 0]],
  ],
};

const refused: {[name: string]: () => Tensor} = {
  'where: one side is int32 and the other float32': () => tf.where(bools([1, 0]), ints([1, 2]), tf.tensor2d([[1, 2]])),
  'Relu of bool': () => tf.relu(bools([1, 0])),
  'IsNan of int32': () => tf.isNaN(ints([-3])),
  'Log1p of int32': () => tf.log1p(ints([1])),
  'Mod of bool': () => tf.mod(bools([1]), bools([1])),
  'TopK of bool': () => tf.topk(bools([1, 0])).values,
};

describe.each(['wasm', 'cpu', 'tensorflow'])('on %s', (backend) => {
  const isMissing = backend === 'tensorflow' && !hasTensorflow;

  describe.skipIf(isMissing)(isMissing ? onTensorflow('dtypes') : 'dtypes', () => {
    beforeAll(async () => {
      await openEngine(backend);
    });

    test.each(Object.entries(right))('%s', (_, [compute, expected]) => {
      expect(valuesOf(compute())).toEqual(expected);
    });

    test.skipIf(backend === 'tensorflow').each<[number[], number, string]>([
      [[], 0, 'a scalar has no axis'],
      [[2, 3], -3, 'axis must be from -2 to 1, got -3'],
      [[2, 3], 2, 'axis must be from -2 to 1, got 2'],
    ])('sums over %o along an axis that is not there are refused: %i', (shape, axis, message) => {
      expect(() => tf.cumsum(tf.ones(shape) as never, axis)).toThrow(`cumsum: ${message}`);
    });

    test('integers are there after their exponentials', () => {
      const x = ints([0, 300]);
      tf.exp(x);
      expect(valuesOf(x)).toEqual(['int32', [0, 300]]);
    });

    test.runIf(backend === 'wasm').each(Object.entries(refused))('%s is refused', (message, compute) => {
      expect(compute).toThrow(message);
      expect(compute).toThrow(/cast (it|one of them)/);
    });
  });
});
