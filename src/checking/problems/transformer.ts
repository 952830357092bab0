import type {
  Batch,
  InitialModel,
  Key,
  ModelOptions,
  ModelResult,
  NdArray,
  ParameterType,
  Tensor,
  Tree,
  Workload,
} from '../../contract/index.js';
import {full, zeros} from '../../contract/index.js';
import {type ArraySource, arraySource} from '../../data/index.js';
import {
  classifierLoss,
  type DenseParams,
  dense,
  dropout,
  foldIn,
  lecunNormal,
  normal,
  split,
  tf,
  uniform,
} from '../../engine/index.js';
import {mean} from '../../metrics/index.js';
import {SIZE} from './size.js';

const [TOKENS, LENGTH, WIDTH, HEADS] = [12, 8, 16, 2];

/** Added to the scores of masked positions. */
const HIDDEN = -1e9;

/** `LENGTH + 1` tokens a sequence, each 5 times the one before plus 1 or 2; sequences have different lengths. */
function sequences(key: Key, size: number): ArraySource {
  const drawn = uniform(key, [size, LENGTH + 3]).data;
  const [inputs, targets] = [new Int32Array(size * LENGTH), new Int32Array(size * LENGTH)];
  const weights = new Float32Array(size * LENGTH);
  for (let row = 0; row < size; row++) {
    const at = row * (LENGTH + 3);
    const length = 3 + Math.floor(drawn[at]! * (LENGTH - 2));
    let token = Math.floor(drawn[at + 1]! * TOKENS);
    for (let i = 0; i < length; i++) {
      inputs[row * LENGTH + i] = token;
      token = (5 * token + 1 + Math.round(drawn[at + 2 + i]!)) % TOKENS;
      targets[row * LENGTH + i] = token;
      weights[row * LENGTH + i] = 1;
    }
  }
  const shape = [size, LENGTH];
  return arraySource({
    inputs: {shape, dtype: 'int32', data: inputs},
    targets: {shape, dtype: 'int32', data: targets},
    weights: {shape, dtype: 'float32', data: weights},
  });
}

interface Norm {
  readonly scale: Tensor;
  readonly bias: Tensor;
}

interface Params {
  readonly embedding: Tensor;
  readonly positions: Tensor;
  readonly attentionNorm: Norm;
  readonly attention: {readonly query: Tensor; readonly key: Tensor; readonly value: Tensor; readonly out: Tensor};
  readonly mlpNorm: Norm;
  readonly mlp: {readonly dense0: DenseParams; readonly dense1: DenseParams};
  readonly head: DenseParams;
}

const norm = {scale: 'layer_norm_scale', bias: 'layer_norm_bias'} as const;
const layer = {kernel: 'weight', bias: 'bias'} as const;
const paramTypes: Tree<ParameterType> = {
  embedding: 'embedding',
  positions: 'embedding',
  attentionNorm: norm,
  attention: {query: 'attention_q', key: 'attention_k', value: 'attention_v', out: 'attention_out'},
  mlpNorm: norm,
  mlp: {dense0: layer, dense1: layer},
  head: layer,
};

function initModel(key: Key): InitialModel {
  const keys = split(key, 9);
  const kernel = (i: number, inputs: number, outputs: number): NdArray => lecunNormal(keys[i]!, [inputs, outputs]);
  const layerOf = (i: number, inputs: number, outputs: number) => ({
    kernel: kernel(i, inputs, outputs),
    bias: zeros([outputs]),
  });
  const normOf = () => ({scale: full([WIDTH], 1), bias: zeros([WIDTH])});
  const square = (i: number): NdArray => kernel(i, WIDTH, WIDTH);
  return {
    params: {
      embedding: normal(keys[0]!, [TOKENS, WIDTH]),
      positions: normal(keys[1]!, [LENGTH, WIDTH]),
      attentionNorm: normOf(),
      attention: {query: square(2), key: square(3), value: square(4), out: square(5)},
      mlpNorm: normOf(),
      mlp: {dense0: layerOf(6, WIDTH, 2 * WIDTH), dense1: layerOf(7, 2 * WIDTH, WIDTH)},
      head: layerOf(8, WIDTH, TOKENS),
    },
    modelState: {},
  };
}

/** Tokens [batch, LENGTH] to logits [batch, LENGTH, TOKENS]: one block with causal attention. */
function modelFn(
  tree: Tree<Tensor>,
  {inputs}: Batch,
  modelState: Tree<Tensor>,
  {mode, key, dropoutRate = 0}: ModelOptions,
): ModelResult<Tensor> {
  const params = tree as unknown as Params;
  const batch = inputs!.shape[0]!;
  const dropped = (x: Tensor, n: number): Tensor =>
    mode === 'train' && dropoutRate > 0 ? dropout(x, dropoutRate, foldIn(key!, n)) : x;
  const tokens = tf.gather(params.embedding, tf.reshape(inputs!, [-1]) as never);
  const embedded = tf.add(tf.reshape(tokens, [batch, LENGTH, WIDTH]), params.positions);
  const x = tf.reshape(embedded, [-1, WIDTH]) as Tensor; // [batch * LENGTH, WIDTH]
  const y = tf.add(x, dropped(attention(params, layerNorm(params.attentionNorm, x), batch), 0));
  const hidden = tf.relu(dense(params.mlp.dense0, layerNorm(params.mlpNorm, y))) as Tensor;
  const z = tf.add(y, dropped(dense(params.mlp.dense1, hidden), 1)) as Tensor;
  return {logits: tf.reshape(dense(params.head, z), [batch, LENGTH, TOKENS]) as Tensor, modelState};
}

/** Rows [batch * LENGTH, WIDTH] to rows. */
function attention({attention: {query, key, value, out}}: Params, rows: Tensor, batch: number): Tensor {
  const heads = (kernel: Tensor): Tensor => {
    const split = tf.reshape(tf.matMul(rows as never, kernel as never), [batch, LENGTH, HEADS, WIDTH / HEADS]);
    return tf.transpose(split, [0, 2, 1, 3]); // [batch, HEADS, LENGTH, WIDTH / HEADS]
  };
  const scores = tf.mul(tf.matMul(heads(query), heads(key), false, true), Math.sqrt(HEADS / WIDTH));
  const mask = tf.tensor(causalMask(), [LENGTH, LENGTH]);
  const mixed = tf.matMul(tf.softmax(tf.add(scores, mask)), heads(value));
  const joined = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [-1, WIDTH]);
  return tf.matMul(joined as never, out as never) as Tensor;
}

function causalMask(): Float32Array {
  return Float32Array.from({length: LENGTH * LENGTH}, (_, i) => (i % LENGTH > Math.floor(i / LENGTH) ? HIDDEN : 0));
}

function layerNorm({scale, bias}: Norm, x: Tensor): Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-6))), scale), bias) as Tensor;
}

/** Next-token prediction on short padded sequences: a transformer of one block with dropout. */
export const transformer: Workload = {
  name: 'transformer',
  summary: 'next-token prediction, a transformer of one block',
  target: {metric: 'loss', validation: 0},
  ...SIZE,
  examples: {train: 512, evalTrain: 32, validation: 48},
  hasDropout: true,
  metrics: {loss: 'minimize'},
  lossMetric: 'loss',
  loadData: async () => ({train: sequences([0, 1], 512), validation: sequences([0, 2], 48), source: 'drawn'}),
  paramTypes,
  initModel,
  modelFn,
  lossFn: classifierLoss,
  evaluation: {
    entries: {
      sums({params, modelState}, {batch}) {
        const {logits} = modelFn(params, batch, modelState, {mode: 'eval'});
        const {summed, nValidExamples} = classifierLoss({logits, batch});
        return {loss: summed, tokens: nValidExamples};
      },
    },
    metrics: [mean('loss', {per: 'tokens'})],
  },
};
