import type {Entry, HostInputs, NdArray, Tensor, TrainState, Tree} from '../../src/contract/index.js';
import {full, mapTree, zeros} from '../../src/contract/index.js';
import {keyFromSeed, lossAndGradients, normal, softmaxCrossEntropy, tf} from '../../src/engine/index.js';
import {dropout, foldIn} from '../../src/engine/keyed-random.js';
import {type AdamwOptions, adamw, type GradientTransformation, nadamw, takeStep} from '../../src/optimizers/index.js';

export type Params = {[name: string]: Tensor};
type Model = (params: Params, inputs: Tensor, modelState: Params, key: Tensor) => {logits: Tensor; modelState: Params};

/** All random numbers of these models come from it. */
const key = keyFromSeed(7);
const [BATCH, CLASSES] = [8, 4];

/** Values of a normal distribution; other streams give other values. */
export function random(shape: number[], stream: number, scale = 1): NdArray {
  const {data} = normal(foldIn(key, stream), shape);
  return {shape, dtype: 'float32', data: (data as Float32Array).map((x) => x * scale)};
}

/** A perceptron with dropout on its inputs and its hidden units. */
export const mlp = {
  inputShape: [20],
  params: {w0: random([20, 16], 1, 0.3), b0: zeros([16]), w1: random([16, CLASSES], 2, 0.3), b1: zeros([CLASSES])},
  modelState: {},
  model: (dropoutRate: number): Model => {
    return ({w0, b0, w1, b1}, inputs, modelState, key) => {
      const hidden = tf.relu(
        tf.add(tf.matMul(dropout(inputs, dropoutRate, foldIn(key, 0)) as never, w0! as never), b0!),
      );
      const kept = dropout(hidden, dropoutRate, foldIn(key, 1));
      return {logits: tf.add(tf.matMul(kept as never, w1 as never), b1!), modelState};
    };
  },
};

/** Convolution, batch norm with running statistics, pooling, dropout. */
export const convNet = {
  inputShape: [8, 8, 2],
  params: {
    kernel: random([3, 3, 2, 6], 3, 0.3),
    scale: full([6], 1),
    offset: zeros([6]),
    w: random([96, CLASSES], 4, 0.2),
  },
  modelState: {mean: zeros([6]), variance: full([6], 1)},
  model: (dropoutRate: number): Model => {
    return ({kernel, scale, offset, w}, inputs, {mean, variance}, key) => {
      const conv = tf.conv2d(inputs as never, kernel as never, 1, 'same');
      const now = tf.moments(conv, [0, 1, 2]);
      const normed = tf.batchNorm(
        conv as never,
        now.mean as never,
        now.variance as never,
        offset as never,
        scale as never,
      );
      const pooled = tf.maxPool(tf.relu(normed) as never, 2, 2, 'same');
      const flat = dropout(tf.reshape(pooled, [inputs.shape[0]!, -1]), dropoutRate, key);
      const moved = (old: Tensor, value: Tensor) => tf.add(tf.mul(old, 0.9), tf.mul(value, 0.1));
      return {
        logits: tf.matMul(flat as never, w as never),
        modelState: {mean: moved(mean!, now.mean), variance: moved(variance!, now.variance)},
      };
    };
  },
};

export type Numbers = Omit<AdamwOptions, 'b1' | 'b2'> & {readonly nesterov: boolean};

export function adamOf({nesterov, ...numbers}: Numbers): GradientTransformation {
  return (nesterov ? nadamw : adamw)({b1: 0.9, b2: 0.99, ...numbers});
}

/** A training step: inputs `batch`, `learningRate`, `key`; output `loss`. */
export function stepOf(model: Model, numbers: Numbers): Entry {
  const adam = adamOf(numbers);
  return ({params, modelState, optimizer}, {batch, learningRate, key}) => {
    const {loss, aux, gradients} = lossAndGradients((current) => {
      const result = model(current as Params, batch.inputs, modelState as Params, key);
      const {summed, nValidExamples} = softmaxCrossEntropy({logits: result.logits, targets: batch.targets});
      return {loss: tf.div(summed, nValidExamples), aux: result.modelState};
    }, params);
    const next = takeStep(adam, {gradients, state: optimizer, params}, {learningRate});
    return {state: {params: next.params, modelState: aux, optimizer: next.state}, outputs: {loss}};
  };
}

/** The state before the first step. */
export function stateOf({params, modelState}: {params: Tree<NdArray>; modelState: Tree<NdArray>}): TrainState<NdArray> {
  const moments = () => mapTree<NdArray, NdArray>(params, ({shape}) => zeros(shape));
  return {params, modelState, optimizer: {count: full([], 0), mu: moments(), nu: moments()}};
}

/** The inputs of step number `step`. */
export function inputsOf(step: number, inputShape: readonly number[], batch = BATCH): HostInputs {
  const targets = Int32Array.from({length: batch}, (_, i) => (i * 3 + step) % CLASSES);
  return {
    batch: {
      inputs: random([batch, ...inputShape], 100 + step),
      targets: {shape: [batch], dtype: 'int32', data: targets},
    },
    learningRate: 1e-3 * (1 + Math.sin(step)),
    key: foldIn(key, 1000 + step),
  };
}
