import type {Batch, DenseParams, Key, Loss, LossArguments, Metric, Source, Tensor, Tree, Workload} from 'algoperf-ts';
import {arraySource, dense, lecunNormal, mean, normal, split, tf, uniform, zeros} from 'algoperf-ts';

// Three tasks, of which some are unknown for each example: their targets are NaN. The model gives logits and a temperature of each.

const [INPUTS, TASKS] = [4, 3];

/** Whether each of the first three inputs, and a fourth of the last one, is above 0; a third of the answers is unknown. */
function points(key: Key, size: number): Source {
  const [first, second] = split(key, 2);
  const inputs = normal(first!, [size, INPUTS]);
  const drawn = uniform(second!, [size, TASKS]).data;
  const data = Float32Array.from({length: size * TASKS}, (_, i) => {
    const row = Math.floor(i / TASKS) * INPUTS;
    const isAbove = inputs.data[row + (i % TASKS)]! + inputs.data[row + TASKS]! / 4 > 0;
    return drawn[i]! < 1 / 3 ? Number.NaN : Number(isAbove);
  });
  const known = {
    shape: [size, TASKS],
    dtype: 'float32' as const,
    data: data.map((value) => Number(!Number.isNaN(value))),
  };
  return arraySource({inputs, targets: {shape: [size, TASKS], dtype: 'float32', data}, weights: known});
}

type Outputs = {readonly scores: Tensor; readonly temperature: Tensor};

function modelFn(params: Tree<Tensor>, {inputs}: Batch, modelState: Tree<Tensor>) {
  const {scores, temperature} = params as unknown as {scores: DenseParams; temperature: DenseParams};
  const logits: Outputs = {
    scores: dense(scores, inputs!), // [batch, TASKS]
    temperature: tf.add(tf.sigmoid(dense(temperature, inputs!)), 0.5), // [batch, TASKS]
  };
  return {logits, modelState};
}

/** Sigmoid cross-entropy of `scores / temperature`, of the answers that are known. */
function lossFn({logits, batch}: LossArguments<Outputs>): Loss {
  const weights = batch.weights!;
  // NaN times 0 is NaN: what is unknown is replaced before anything is computed with it.
  const targets = tf.where(tf.greater(weights, 0), batch.targets!, tf.zerosLike(batch.targets!));
  const x = tf.div(logits.scores, logits.temperature);
  const losses = tf.add(tf.sub(tf.relu(x), tf.mul(x, targets)), tf.log(tf.add(tf.exp(tf.neg(tf.abs(x))), 1)));
  const perExample = tf.mul(losses, weights) as Tensor;
  return {summed: tf.sum(perExample), nValidExamples: tf.sum(weights), perExample};
}

/** The mean of the tasks' average precisions; only with all scores of a split can they be sorted. */
const averagePrecision: Metric<[score: number, answer: number][][]> = {
  name: 'average_precision',
  start: () => Array.from({length: TASKS}, () => []),
  add(kept, {scores}, {targets, weights}) {
    const {data} = scores as {data: Float32Array};
    for (let i = 0; i < data.length; i++)
      if (weights!.data[i] === 1) kept[i % TASKS]!.push([data[i]!, targets!.data[i]!]);
    return kept;
  },
  finish: (kept) => kept.reduce((sum, pairs) => sum + precisionOf(pairs), 0) / TASKS,
};

function precisionOf(pairs: readonly [number, number][]): number {
  let [found, sum] = [0, 0];
  for (const [i, [, answer]] of [...pairs].sort(([a], [b]) => b - a).entries()) {
    found += answer;
    sum += answer * (found / (i + 1));
  }
  return sum / found;
}

export const workload: Workload = {
  name: 'tasks',
  summary: 'three questions about a point, not all of them answered',
  target: {metric: 'average_precision', validation: 0.9, test: 0.9},
  budget: {stepHint: 100, seconds: 60, evalEverySeconds: 10},
  examples: {train: 300, evalTrain: 60, validation: 70, test: 50},
  batchSize: 16,
  evalBatchSize: 32,
  hasDropout: false,
  metrics: {average_precision: 'maximize', entropy: 'minimize'},
  lossMetric: 'entropy',
  loadData: async () => ({
    train: points([0, 1], 300),
    validation: points([0, 2], 70),
    test: points([0, 3], 50),
    source: 'drawn',
  }),
  paramTypes: {scores: {kernel: 'weight', bias: 'bias'}, temperature: {kernel: 'weight', bias: 'bias'}},
  initModel: (key) => {
    const layer = (each: Key) => ({kernel: lecunNormal(each, [INPUTS, TASKS]), bias: zeros([TASKS])});
    const [first, second] = split(key, 2);
    return {params: {scores: layer(first!), temperature: layer(second!)}, modelState: {}};
  },
  modelFn,
  lossFn,
  evaluation: {
    entries: {
      sums: ({params, modelState}, {batch}) => ({
        entropy: lossFn({logits: modelFn(params, batch, modelState).logits, batch}).summed,
      }),
      scores: ({params, modelState}, {batch}) => ({scores: modelFn(params, batch, modelState).logits.scores}),
    },
    metrics: [averagePrecision, mean('entropy')],
    evaluateBatch: (run, batch) => ({...run('sums', {batch}).arrays(), ...run('scores', {batch}).arrays()}),
  },
};
