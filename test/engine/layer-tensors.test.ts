import {beforeAll, expect, test} from 'vitest';
import type {Tensor} from '../../src/contract/index.js';
import * as engine from '../../src/engine/index.js';

const {tf} = engine;
const nothing = undefined as never;

let x: Tensor;
let images: Tensor;
let ids: Tensor;

beforeAll(async () => {
  await engine.openEngine('wasm');
  x = tf.zeros([2, 3]) as Tensor;
  images = tf.zeros([2, 4, 4, 3]) as Tensor;
  ids = tf.zeros([2], 'int32') as Tensor;
});

/** A sequence's values for one head of an attention. */
const heads = (batch: number, length: number) => tf.zeros([batch, length, 1, 3]) as Tensor;

/** An LSTM's parameters, of one unit. */
const cells = (width: number) => ({
  kernel: tf.zeros([width, 4]),
  recurrentKernel: tf.zeros([1, 4]),
  bias: tf.zeros([4]),
});

const wrong: readonly (readonly [message: string, call: () => unknown])[] = [
  ['dense: expected tensors {kernel, bias}; found undefined', () => engine.dense(nothing, x)],
  [
    'dense: kernel must be a tensor; it is missing, there are: weights, bias',
    () => engine.dense({weights: x, bias: x} as never, x),
  ],
  [
    'dense: bias must be a tensor; found a Float32Array',
    () => engine.dense({kernel: x, bias: new Float32Array(3)} as never, x),
  ],
  ['dense: x must be a tensor; found undefined', () => engine.dense({kernel: x, bias: x}, nothing)],
  ['linear: kernel must be a tensor; found undefined', () => engine.linear(nothing, x)],
  ['embed: ids must be a tensor; found a list', () => engine.embed(x, [1, 2] as never)],
  ['embedLogits: table must be a tensor; found undefined', () => engine.embedLogits(nothing, x)],
  ['embed: table must be [rows, width]; found int32 [2]', () => engine.embed(ids, ids)],
  [
    'embedLogits: x must be [..., 3], as wide as the table; found float32 [2, 6]',
    () => engine.embedLogits(x, tf.zeros([2, 6])),
  ],
  ['glu: x must be a tensor; found an object', () => engine.glu({} as never)],
  ['lstm: kernel must be a tensor; it is missing, there are: none', () => engine.lstm(images, {} as never)],
  [
    'lstm: lengths must be a tensor; found a list',
    () => engine.lstm(images, {kernel: x, recurrentKernel: x, bias: x}, {lengths: [1] as never}),
  ],
  [
    'gru: recurrentBias must be a tensor; it is missing, there are: kernel, recurrentKernel, bias',
    () => engine.gru(images, {kernel: x, recurrentKernel: x, bias: x} as never),
  ],
  [
    'lstm: lengths must be int32 [2]; found float32 [2]',
    () => engine.lstm(tf.zeros([2, 4, 3]), cells(3), {lengths: tf.zeros([2])}),
  ],
  ['lstm: kernel must be float32 [3, 4]; found float32 [2, 4]', () => engine.lstm(tf.zeros([2, 4, 3]), cells(2))],
  ['lstm: inputs must be float32 [batch, steps, values]; found float32 [2, 3]', () => engine.lstm(x, cells(3))],
  [
    'gru: bias must be float32 [3]; found float32 [4]',
    () =>
      engine.gru(tf.zeros([2, 4, 3]), {
        kernel: tf.zeros([3, 3]),
        recurrentKernel: tf.zeros([1, 3]),
        bias: tf.zeros([4]),
        recurrentBias: tf.zeros([1]),
      }),
  ],
  [
    'gru: lengths must be int32 [2]; found int32 [3]',
    () =>
      engine.gru(
        tf.zeros([2, 4, 3]),
        {
          kernel: tf.zeros([3, 3]),
          recurrentKernel: tf.zeros([1, 3]),
          bias: tf.zeros([3]),
          recurrentBias: tf.zeros([1]),
        },
        {lengths: tf.zeros([3], 'int32')},
      ),
  ],
  [
    'labelSmoothing must be in [0, 1], got ".1"',
    () => engine.softmaxCrossEntropy({logits: x, targets: ids, labelSmoothing: '.1' as never}),
  ],
  [
    'labelSmoothing must be in [0, 1], got 2',
    () => engine.softmaxCrossEntropy({logits: x, targets: ids, labelSmoothing: 2}),
  ],
  ['glu: x must be [..., width] with an even width; found float32 [2, 3]', () => engine.glu(x)],
  [
    'rotary: x must be [batch, length, heads, size] with an even size; found float32 [2, 4, 1, 3]',
    () => engine.rotary(tf.zeros([2, 4, 1, 3])),
  ],
  [
    'attention: query must be [batch, queries, heads, size]; found float32 [2, 3]',
    () => engine.attention({query: x, key: x, value: x}),
  ],
  [
    'attention: key must be float32 [2, 5, 1, 3]; found float32 [1, 5, 1, 3]',
    () => engine.attention({query: heads(2, 4), key: heads(1, 5), value: heads(1, 5)}),
  ],
  [
    'attention: value must be float32 [2, 5, 1, 3]; found float32 [2, 4, 1, 3]',
    () => engine.attention({query: heads(2, 4), key: heads(2, 5), value: heads(2, 4)}),
  ],
  [
    "batchNorm: mode must be 'train' or 'eval', got undefined",
    () => engine.batchNorm({scale: x, bias: x}, {mean: x, var: x}, images, undefined as never),
  ],
  ['rmsNorm: expected tensors {scale}; found null', () => engine.rmsNorm(null as never, x)],
  ['rmsNorm: scale must be float32 [3]; found float32 [1]', () => engine.rmsNorm({scale: tf.ones([1])}, x)],
  ['rmsNorm: x must be [..., width]; found float32 []', () => engine.rmsNorm({scale: tf.ones([1])}, tf.scalar(1))],
  [
    'layerNorm: bias must be float32 [3]; found float32 [2, 3]',
    () => engine.layerNorm({scale: tf.ones([3]), bias: x}, x),
  ],
  ['layerNorm: bias must be a tensor; it is missing, there are: scale', () => engine.layerNorm({scale: x} as never, x)],
  [
    'batchNorm: expected tensors {mean, var}; found undefined',
    () => engine.batchNorm({scale: x, bias: x}, nothing, images, {mode: 'train'}),
  ],
  [
    'batchNorm: scale must be float32 [3]; found float32 [2, 3]',
    () => engine.batchNorm({scale: x, bias: x}, {mean: x, var: x}, images, {mode: 'train'}),
  ],
  [
    'batchNorm: x must be [batch, ..., channels]; found float32 []',
    () => engine.batchNorm({scale: x, bias: x}, {mean: x, var: x}, tf.scalar(1), {mode: 'eval'}),
  ],
  [
    'attention: mask must be a tensor; found true',
    () => engine.attention({query: images, key: images, value: images, mask: true as never}),
  ],
  ['rotary: x must be a tensor; found undefined', () => engine.rotary(nothing)],
  ['takeRows: ids must be int32 [6]; found int32 [2, 3]', () => engine.takeRows(x, tf.zeros([2, 3], 'int32'))],
  ['segmentSum: ids must be int32 [2]; found int32 [3]', () => engine.segmentSum(x, tf.zeros([3], 'int32'), 2)],
  ['takeRows: ids must be a tensor; found an Int32Array', () => engine.takeRows(x, Int32Array.of(1) as never)],
  ['segmentSum: values must be a tensor; found undefined', () => engine.segmentSum(nothing, ids, 2)],
  [
    'softmaxCrossEntropy: targets must be a tensor; found undefined',
    () => engine.softmaxCrossEntropy({logits: x, targets: nothing}),
  ],
  [
    'softmaxCrossEntropy: for logits [2, 3] targets must be class numbers int32 [2] or distributions [2, 3]; found int32 [2, 1]',
    () => engine.classifierLoss({logits: x, batch: {targets: tf.zeros([2, 1], 'int32') as Tensor}}),
  ],
  [
    'softmaxCrossEntropy: for logits [2, 3] targets must be class numbers int32 [2] or distributions [2, 3]; found bool [2]',
    () => engine.softmaxCrossEntropy({logits: x, targets: tf.zeros([2], 'bool') as Tensor}),
  ],
  [
    'softmaxCrossEntropy: weights must be [2], one for each target; found float32 [2, 1]',
    () => engine.softmaxCrossEntropy({logits: x, targets: ids, weights: tf.ones([2, 1]) as Tensor}),
  ],
  ['classifierSums: weights must be a tensor; found undefined', () => engine.classifierSums(x, {targets: ids})],
  [
    'classifierSums: targets must be class numbers; found float32 [2, 3]',
    () => engine.classifierSums(x, {targets: x, weights: tf.ones([2]) as Tensor}),
  ],
];

test.each(wrong)('%s', (message, call) => {
  expect(call).toThrow(new RangeError(message));
});
