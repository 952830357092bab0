import type {Batch, Key, Loss, LossArguments, ModelResult, Tensor, Tree, Workload} from '../../contract/index.js';
import {zeros} from '../../contract/index.js';
import {type ArraySource, arraySource} from '../../data/index.js';
import {type DenseParams, dense, lecunNormal, normal, split, tf, uniform} from '../../engine/index.js';
import {mean} from '../../metrics/index.js';
import {SIZE} from './size.js';

const [INPUTS, TASKS] = [5, 3];

/** Points with a yes-or-no question about each of three coordinates; a quarter of the answers are unknown. */
function points(key: Key, size: number): ArraySource {
  const [first, second] = split(key, 2);
  const inputs = normal(first!, [size, INPUTS]);
  const known = Float32Array.from(uniform(second!, [size, TASKS]).data, (drawn) => Number(drawn > 0.25));
  const answers = known.map((isKnown, i) => {
    const coordinate = inputs.data[Math.floor(i / TASKS) * INPUTS + (i % TASKS)]!;
    return isKnown === 1 ? Number(coordinate > 0) : Number.NaN;
  });
  const shape = [size, TASKS];
  return arraySource({
    inputs,
    targets: {shape, dtype: 'float32', data: answers},
    weights: {shape, dtype: 'float32', data: known},
  });
}

interface Logits {
  readonly scores: Tensor;
  readonly sharpness: Tensor;
  readonly [part: string]: Tensor;
}

/** Points [batch, INPUTS] to `scores` and `sharpness`, both [batch, TASKS]. */
function modelFn(tree: Tree<Tensor>, {inputs}: Batch, modelState: Tree<Tensor>): ModelResult<Logits> {
  const {scores, sharpness} = tree as unknown as {readonly scores: DenseParams; readonly sharpness: DenseParams};
  const positive = tf.exp(tf.tanh(dense(sharpness, inputs!))) as Tensor;
  return {logits: {scores: dense(scores, inputs!), sharpness: positive}, modelState};
}

/** Sigmoid cross-entropy of the known answers. */
function lossFn({logits: {scores, sharpness}, batch: {targets, weights}}: LossArguments<Logits>): Loss {
  // NaN times 0 is NaN: unknown answers are replaced before any arithmetic.
  const answers = tf.where(tf.greater(weights!, 0), targets!, tf.zerosLike(targets!));
  const x = tf.mul(scores, sharpness);
  const perTask = tf.sub(tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x))))), tf.mul(x, answers));
  const perExample = tf.mul(perTask, weights!) as Tensor;
  return {summed: tf.sum(perExample), nValidExamples: tf.sum(weights!), perExample};
}

/** Several questions per point; unknown answers are NaN, and the logits are a tree. */
export const unknownTargets: Workload = {
  name: 'unknown-targets',
  summary: 'three questions about a point, with unknown answers',
  target: {metric: 'loss', validation: 0},
  ...SIZE,
  examples: {train: 512, evalTrain: 32, validation: 48},
  hasDropout: false,
  metrics: {loss: 'minimize'},
  lossMetric: 'loss',
  loadData: async () => ({train: points([0, 1], 512), validation: points([0, 2], 48), source: 'drawn'}),
  paramTypes: {scores: {kernel: 'weight', bias: 'bias'}, sharpness: {kernel: 'weight', bias: 'bias'}},
  initModel(key) {
    const layer = (each: Key) => ({kernel: lecunNormal(each, [INPUTS, TASKS]), bias: zeros([TASKS])});
    const [first, second] = split(key, 2);
    return {params: {scores: layer(first!), sharpness: layer(second!)}, modelState: {}};
  },
  modelFn,
  lossFn: lossFn as Workload['lossFn'],
  evaluation: {
    entries: {
      sums({params, modelState}, {batch}) {
        const {summed, nValidExamples} = lossFn({logits: modelFn(params, batch, modelState).logits, batch});
        return {loss: summed, tasks: nValidExamples};
      },
    },
    metrics: [mean('loss', {per: 'tasks'})],
  },
};
