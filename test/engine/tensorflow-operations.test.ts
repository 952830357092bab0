import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, Tensor, TrainState} from '../../src/contract/index.js';
import type {NdArray} from '../../src/contract/ndarray.js';
import {openEngine, tf} from '../../src/engine/index.js';
import {compileGraph} from '../../src/engine/tensorflow/graph-program.js';
import {random} from '../helpers/models.js';
import {hasTensorflow, onTensorflow, runEagerly} from '../helpers/tensorflow.js';

// tfjs's signatures tell ranks apart, which values made by a table can't.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Any = any;
type Given = {image: Any; matrix: Any; row: Any; ints: Any; flags: Any};

const inputs = {
  image: random([2, 6, 6, 3], 11),
  matrix: random([4, 5], 12),
  row: random([5], 13, 0.5),
  ints: {shape: [4], dtype: 'int32', data: Int32Array.of(3, 0, 2, 1)} satisfies NdArray,
  flags: {shape: [4, 5], dtype: 'bool', data: Uint8Array.from({length: 20}, (_, i) => (i % 3) & 1)} satisfies NdArray,
};
const nothing: TrainState<NdArray> = {params: {}, modelState: {}, optimizer: {}};

const unary = (
  'abs ceil cos cosh elu erf exp expm1 floor leakyRelu logSigmoid neg relu relu6 round selu sigmoid sign sin ' +
  'sinh softplus square tan tanh step atan asinh onesLike zerosLike softmax logSoftmax isNaN isFinite isInf'
).split(' ');
const onPositive = 'log log1p sqrt rsqrt reciprocal acosh'.split(' ');
const binary = (
  'add sub mul div divNoNan maximum minimum squaredDifference mod floorDiv atan2 equal notEqual less lessEqual greater ' +
  'greaterEqual'
).split(' ');
const reductions = 'sum mean max min prod logSumExp argMax argMin'.split(' ');

const others: {[name: string]: (given: Given) => Tensor} = {
  batchNorm: ({image}) => tf.batchNorm(image, image.mean([0, 1, 2]), tf.moments(image, [0, 1, 2]).variance as Any),
  matMul: ({matrix}) => tf.matMul(matrix, matrix, false, true),
  'matMul of batches': ({image}) => tf.matMul(image, image, true, false),
  dot: ({matrix, row}) => tf.dot(matrix, row),
  einsum: ({matrix, row}) => tf.einsum('ij,j->i', matrix, row),
  reshape: ({matrix}) => tf.reshape(matrix, [2, 10]),
  expandDims: ({matrix}) => tf.expandDims(matrix, 1),
  squeeze: ({matrix}) => tf.squeeze(tf.reshape(matrix, [4, 1, 5])),
  transpose: ({image}) => tf.transpose(image, [3, 0, 1, 2]),
  slice: ({matrix}) => tf.slice(matrix, [1, 2], [2, 2]),
  stridedSlice: ({matrix}) => tf.stridedSlice(matrix, [0, 1], [4, 5], [2, 2]),
  concat: ({matrix}) => tf.concat([matrix, matrix], 1),
  stack: ({row}) => tf.stack([row, row]),
  unstack: ({matrix}) => tf.unstack(matrix)[2]!,
  split: ({matrix}) => tf.split(matrix, 2)[1]!,
  tile: ({matrix}) => tf.tile(matrix, [2, 1]),
  pad: ({matrix}) =>
    tf.pad(
      matrix,
      [
        [1, 0],
        [0, 2],
      ],
      3,
    ),
  mirrorPad: ({matrix}) =>
    tf.mirrorPad(
      matrix,
      [
        [1, 1],
        [0, 2],
      ],
      'reflect',
    ),
  reverse: ({matrix}) => tf.reverse(matrix, 1),
  cumsum: ({matrix}) => tf.cumsum(matrix, 1),
  where: ({matrix, flags}) => tf.where(flags, matrix, tf.neg(matrix)),
  clipByValue: ({matrix}) => tf.clipByValue(matrix, -0.5, 0.5),
  cast: ({matrix}) => tf.cast(tf.cast(matrix, 'int32'), 'float32'),
  logical: ({flags}) => tf.logicalAnd(tf.logicalNot(flags), tf.logicalOr(flags, tf.onesLike(flags))),
  'any and all': ({flags}) => tf.logicalAnd(tf.any(flags), tf.all(flags)),
  oneHot: ({ints}) => tf.oneHot(ints, 4),
  gather: ({matrix, ints}) => tf.gather(matrix, ints),
  topk: ({matrix}) => tf.topk(matrix, 2).values,
  addN: ({matrix}) => tf.addN([matrix, matrix, matrix]),
  pow: ({matrix}) => tf.pow(tf.abs(matrix), 1.5),
  prelu: ({matrix, row}) => tf.prelu(matrix, row),
  'fill and range': () => tf.add(tf.fill([5], 2), tf.range(0, 5)),
  linspace: () => tf.linspace(0, 1, 5),
  eye: () => tf.eye(3),
  conv2d: ({image}) => tf.conv2d(image, tf.ones([3, 3, 3, 2]), 2, 'same'),
  'conv2d, padded by hand': ({image}) =>
    tf.conv2d(image, tf.ones([3, 3, 3, 2]), 1, [
      [0, 0],
      [1, 0],
      [0, 2],
      [0, 0],
    ]),
  depthwiseConv2d: ({image}) => tf.depthwiseConv2d(image, tf.ones([3, 3, 3, 1]), 1, 'same'),
  avgPool: ({image}) => tf.avgPool(image, 2, 2, 'same'),
  maxPool: ({image}) => tf.maxPool(image, 2, 2, 'valid'),
  localResponseNormalization: ({image}) => tf.localResponseNormalization(image),
  resizeBilinear: ({image}) => tf.image.resizeBilinear(image, [3, 3]),
  unsortedSegmentSum: ({matrix, ints}) => tf.unsortedSegmentSum(matrix, ints, 5),
  'several dimensions reduced': ({image}) => tf.mean(image, [1, 2], true),
};

const gradients: {[name: string]: (given: Given) => Tensor} = {
  conv2d: ({image}) => tf.conv2d(image, tf.ones([3, 3, 3, 2]), 1, 'same'),
  depthwiseConv2d: ({image}) => tf.depthwiseConv2d(image, tf.ones([3, 3, 3, 1]), 1, 'same'),
  maxPool: ({image}) => tf.maxPool(image, 2, 2, 'same'),
  avgPool: ({image}) => tf.avgPool(image, 2, 2, 'same'),
  batchNorm: ({image}) => tf.batchNorm(image, [1, 2, 3], [1, 1, 2], [0, 0, 0], [2, 2, 2]),
  relu6: ({image}) => tf.relu6(image),
  elu: ({image}) => tf.elu(image),
  leakyRelu: ({image}) => tf.leakyRelu(image),
  logSoftmax: ({image}) => tf.logSoftmax(image),
  max: ({image}) => tf.max(image, -1),
  gather: ({image}) => tf.gather(image, tf.tensor1d([1, 1, 0], 'int32'), 2),
  resizeBilinear: ({image}) => tf.image.resizeBilinear(image, [3, 3]),
  concat: ({image}) => tf.concat([image, tf.mul(image, 2)], 3),
};

function call(name: string): (...tensors: Tensor[]) => Tensor {
  return (tf as Any)[name];
}

const cases: [string, (given: Given) => Tensor][] = [
  ...unary.map((name): [string, (given: Given) => Tensor] => [name, ({matrix}) => call(name)(matrix)]),
  ...onPositive.map((name): [string, (given: Given) => Tensor] => [
    name,
    ({matrix}) => call(name)(tf.add(tf.abs(matrix), 1.5)),
  ]),
  ...binary.map((name): [string, (given: Given) => Tensor] => [name, ({matrix, row}) => call(name)(matrix, row)]),
  ...reductions.map((name): [string, (given: Given) => Tensor] => [name, ({matrix}) => (tf as Any)[name](matrix, 1)]),
  ...Object.entries(others),
  ...Object.entries(gradients).map(([name, compute]): [string, (given: Given) => Tensor] => [
    `gradient of ${name}`,
    (given) => tf.grad((image) => tf.square(compute({...given, image})))(given.image),
  ]),
];

describe.skipIf(!hasTensorflow)(onTensorflow('in a graph as op by op'), () => {
  beforeAll(async () => {
    await openEngine('tensorflow');
  });

  test.each(cases)('%s', (_, compute) => {
    const entry: Entry = (state, given) => {
      const values = tf.cast(compute(given as Given), 'float32');
      // Not the sum alone, which would not tell the values' order.
      const places = tf.reshape(tf.range(1, values.size + 1), values.shape);
      return {state, outputs: {weighted: tf.sum(tf.mul(values, places)), sum: tf.sum(values)}};
    };
    const program = compileGraph(nothing, {entry});
    const outputs = program.run('entry', inputs);
    const expected = runEagerly(entry, nothing, inputs).outputs;
    expect(Number.isFinite(expected.sum)).toBe(true);
    for (const name of ['sum', 'weighted']) {
      const scale = 1e-5 * Math.max(10, Math.abs(expected[name]!));
      expect(Math.abs(outputs.number(name) - expected[name]!)).toBeLessThan(scale);
    }
    program.dispose();
  });
});
