import type {Batch, DenseParams, InitialModel, Key, ModelOptions, Source, Tensor, Tree, Workload} from 'algoperf-ts';
import {
  arraySource,
  classifierLoss,
  classifierSums,
  dense,
  lecunNormal,
  mean,
  normal,
  split,
  tf,
  zeros,
} from 'algoperf-ts';

// A workload is a value: numbers, and pure functions of tensors. This one separates points inside a circle from those outside.
// Put your own data, model and loss in place of these; every name that is not yours is described in the package's types.

const [INPUTS, HIDDEN, CLASSES] = [2, 32, 2];

/** `size` points, normally distributed, and whether they lie further out than half of them do: the same for the same key. */
function points(key: Key, size: number): Source {
  const inputs = normal(key, [size, INPUTS]);
  const isOutside = (i: number) => Math.hypot(inputs.data[2 * i]!, inputs.data[2 * i + 1]!) > Math.sqrt(2 * Math.LN2);
  const targets = Int32Array.from({length: size}, (_, i) => Number(isOutside(i)));
  // Examples by number, here from arrays in memory: [examples, ...]. A `Source` of your own may read files.
  return arraySource({inputs, targets: {shape: [size], dtype: 'int32', data: targets}});
}

/** Fresh parameters: the same for the same key. Values of running statistics would be in `modelState`. */
function initModel(key: Key): InitialModel {
  const [first, second] = split(key, 2);
  return {
    params: {
      dense0: {kernel: lecunNormal(first!, [INPUTS, HIDDEN]), bias: zeros([HIDDEN])},
      dense1: {kernel: lecunNormal(second!, [HIDDEN, CLASSES]), bias: zeros([CLASSES])},
    },
    modelState: {},
  };
}

/** Inputs [batch, 2] to logits [batch, 2]. `options` says whether it is training, and has the key of dropout masks. */
function modelFn(params: Tree<Tensor>, {inputs}: Batch, modelState: Tree<Tensor>, _options: ModelOptions) {
  const {dense0, dense1} = params as unknown as {dense0: DenseParams; dense1: DenseParams};
  const hidden = tf.relu(dense(dense0, inputs!)); // [batch, 32]
  return {logits: dense(dense1, hidden), modelState};
}

export const workload: Workload = {
  name: 'WORKLOAD_NAME',
  summary: 'points inside and outside of a circle',
  // What a run has to reach: on validation, and on test where there is such a split. `inclusive: true`: equal is enough.
  target: {metric: 'accuracy', validation: 0.95, test: 0.95},
  // Steps and seconds that a good training takes, and how often it is evaluated.
  budget: {stepHint: 1000, seconds: 30, evalEverySeconds: 1},
  examples: {train: 4000, evalTrain: 1000, validation: 1000, test: 1000},
  batchSize: 64,
  evalBatchSize: 1000,
  hasDropout: false,
  metrics: {accuracy: 'maximize', loss: 'minimize'},
  // The metric that early stopping looks at, and that has to stay finite.
  lossMetric: 'loss',
  loadData: async (_dir) => ({
    train: points([0, 1], 4000),
    validation: points([0, 2], 1000),
    test: points([0, 3], 1000),
    source: 'drawn at random',
  }),
  // What each parameter is for, in the structure of `params`: optimizers choose by it what they decay.
  paramTypes: {dense0: {kernel: 'weight', bias: 'bias'}, dense1: {kernel: 'weight', bias: 'bias'}},
  initModel,
  modelFn,
  lossFn: classifierLoss,
  evaluation: {
    // For each batch: sums, or arrays that the metrics take in.
    entries: {
      sums: ({params, modelState}, {batch}) =>
        classifierSums(modelFn(params, batch, modelState, {mode: 'eval'}).logits, batch),
    },
    metrics: [mean('accuracy'), mean('loss')],
  },
};
