import type {
  Batch,
  Key,
  ModelOptions,
  ModelResult,
  ParameterType,
  Tensor,
  Tree,
  Workload,
} from '../../contract/index.js';
import {full, zeros} from '../../contract/index.js';
import {type ArraySource, arraySource} from '../../data/index.js';
import {
  type BatchNormParams,
  type BatchNormState,
  batchNorm,
  classifierLoss,
  classifierSums,
  type DenseParams,
  dense,
  lecunNormal,
  normal,
  split,
  tf,
} from '../../engine/index.js';
import {mean} from '../../metrics/index.js';
import {SIZE} from './size.js';

const [SIDE, CHANNELS, CLASSES] = [6, 4, 2];

/** Noise [size, SIDE, SIDE, 1], brighter on the left or on the right. */
function noisyImages(key: Key, size: number): ArraySource {
  const pixels = normal(key, [size, SIDE, SIDE, 1]);
  const targets = Int32Array.from({length: size}, (_, i) => i % CLASSES);
  const data = (pixels.data as Float32Array).map((value, i) => {
    const isLeft = i % SIDE < SIDE / 2;
    return value + (isLeft === (targets[Math.floor(i / SIDE ** 2)] === 0) ? 1 : 0);
  });
  return arraySource({inputs: {...pixels, data}, targets: {shape: [size], dtype: 'int32', data: targets}});
}

interface Params {
  readonly conv: {readonly kernel: Tensor};
  readonly batchNorm: BatchNormParams;
  readonly dense: DenseParams;
}

const paramTypes: Tree<ParameterType> = {
  conv: {kernel: 'conv_weight'},
  batchNorm: {scale: 'batch_norm_scale', bias: 'batch_norm_bias'},
  dense: {kernel: 'weight', bias: 'bias'},
};

/** Images [batch, SIDE, SIDE, 1] to logits [batch, CLASSES]. */
function modelFn(
  tree: Tree<Tensor>,
  {inputs}: Batch,
  modelState: Tree<Tensor>,
  {mode, updateBatchNorm = true}: ModelOptions,
): ModelResult<Tensor> {
  const params = tree as unknown as Params;
  const state = (modelState as unknown as {readonly batchNorm: BatchNormState}).batchNorm;
  const maps = tf.conv2d(inputs as never, params.conv.kernel as never, 1, 'same') as Tensor;
  const options = {momentum: 0.9, epsilon: 1e-5, mode, updateBatchNorm};
  const {output, state: next} = batchNorm(params.batchNorm, state, maps, options);
  const features = tf.reshape(tf.relu(output), [-1, SIDE ** 2 * CHANNELS]) as Tensor;
  return {logits: dense(params.dense, features), modelState: {batchNorm: next} as unknown as Tree<Tensor>};
}

/** Two classes of noisy images and a convolution with batch normalisation, whose statistics are model state. */
export const images: Workload = {
  name: 'batch-norm',
  summary: 'two classes of noisy images, a convolution with batch normalisation',
  target: {metric: 'loss', validation: 0, test: 0},
  ...SIZE,
  examples: {train: 512, evalTrain: 32, validation: 48, test: 40},
  hasDropout: false,
  metrics: {accuracy: 'maximize', loss: 'minimize'},
  lossMetric: 'loss',
  loadData: async () => ({
    train: noisyImages([0, 1], 512),
    validation: noisyImages([0, 2], 48),
    test: noisyImages([0, 3], 40),
    source: 'drawn',
  }),
  paramTypes,
  initModel(key) {
    const [first, second] = split(key, 2);
    const head = {kernel: lecunNormal(second!, [SIDE ** 2 * CHANNELS, CLASSES]), bias: zeros([CLASSES])};
    const norm = {scale: full([CHANNELS], 1), bias: zeros([CHANNELS])};
    return {
      params: {conv: {kernel: lecunNormal(first!, [3, 3, 1, CHANNELS])}, batchNorm: norm, dense: head},
      modelState: {batchNorm: {mean: zeros([CHANNELS]), var: full([CHANNELS], 1)}},
    };
  },
  modelFn,
  lossFn: classifierLoss as Workload['lossFn'],
  evaluation: {
    entries: {
      sums: ({params, modelState}, {batch}) =>
        classifierSums(modelFn(params, batch, modelState, {mode: 'eval'}).logits, batch),
    },
    metrics: [mean('accuracy'), mean('loss')],
  },
};
