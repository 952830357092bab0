import {full, type Key, type ParameterType, type Tensor, type Tree, zeros} from '../../src/contract/index.js';
import {classifierLoss, split, tf} from '../../src/engine/index.js';
import {numbers, type Probe, scaled} from './probe.js';

const [LAYERS, WIDTH, HEADS, INNER, TOKENS, BATCH, LENGTH] = [4, 512, 8, 2048, 1000, 8, 128];
const HEAD_WIDTH = WIDTH / HEADS;

type Layer = {readonly [name in keyof typeof layerTypes]: Tensor};

const layerTypes = {
  query: 'attention_q',
  key: 'attention_k',
  value: 'attention_v',
  out: 'attention_out',
  up: 'weight',
  down: 'weight',
  scale0: 'layer_norm_scale',
  bias0: 'layer_norm_bias',
  scale1: 'layer_norm_scale',
  bias1: 'layer_norm_bias',
} as const satisfies {readonly [name: string]: ParameterType};

const layerNames = Array.from({length: LAYERS}, (_, i) => `layer${i}`);

function initLayer(key: Key) {
  const [query, own, value, out, up, down] = split(key, 6);
  const square = (each: Key | undefined) => scaled(each!, [WIDTH, WIDTH], 0.04);
  return {
    query: square(query),
    key: square(own),
    value: square(value),
    out: square(out),
    up: scaled(up!, [WIDTH, INNER], 0.04),
    down: scaled(down!, [INNER, WIDTH], 0.02),
    scale0: full([WIDTH], 1),
    bias0: zeros([WIDTH]),
    scale1: full([WIDTH], 1),
    bias1: zeros([WIDTH]),
  };
}

function layerNorm(x: Tensor, scale: Tensor, bias: Tensor): Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-6))), scale), bias);
}

/** [..., n] times [n, m] */
function product(x: Tensor, weights: Tensor): Tensor {
  const rows = tf.matMul(tf.reshape(x, [-1, x.shape.at(-1)!]) as never, weights as never);
  return tf.reshape(rows, [...x.shape.slice(0, -1), weights.shape[1]!]);
}

/** Each token attends to all: [BATCH, LENGTH, WIDTH] to the same. */
function attention(x: Tensor, {query, key, value, out}: Layer): Tensor {
  const headsOf = (weights: Tensor) =>
    tf.transpose(tf.reshape(product(x, weights), [BATCH, LENGTH, HEADS, HEAD_WIDTH]), [0, 2, 1, 3]);
  const scores = tf.mul(tf.matMul(headsOf(query), headsOf(key), false, true), 1 / Math.sqrt(HEAD_WIDTH));
  const mixed = tf.transpose(tf.matMul(tf.softmax(scores), headsOf(value)), [0, 2, 1, 3]);
  return product(tf.reshape(mixed, [BATCH, LENGTH, WIDTH]), out);
}

/** Four pre-norm layers of width 512 with tied embeddings, batch 8 x 128. */
export const transformer: Probe = {
  batchSize: BATCH,
  model: {
    paramTypes: {embedding: 'embedding', ...Object.fromEntries(layerNames.map((name) => [name, layerTypes]))},
    initModel(key) {
      const [first, ...keys] = split(key, 1 + LAYERS);
      const layers = layerNames.map((name, i) => [name, initLayer(keys[i]!)]);
      return {
        params: {embedding: scaled(first!, [TOKENS, WIDTH], 0.02), ...Object.fromEntries(layers)},
        modelState: {},
      };
    },
    modelFn(params, {inputs}, modelState) {
      const {embedding, ...layers} = params as unknown as {embedding: Tensor} & {[name: string]: Layer};
      let x: Tensor = tf.gather(embedding, inputs as never); // [BATCH, LENGTH, WIDTH]
      for (const name of layerNames) {
        const layer = layers[name]!;
        x = tf.add(x, attention(layerNorm(x, layer.scale0, layer.bias0), layer));
        const inner = tf.relu(product(layerNorm(x, layer.scale1, layer.bias1), layer.up));
        x = tf.add(x, product(inner, layer.down));
      }
      const logits = tf.matMul(tf.reshape(x, [-1, WIDTH]), embedding as never, false, true);
      return {logits: tf.reshape(logits, [BATCH, LENGTH, TOKENS]) as Tree<Tensor>, modelState};
    },
    lossFn: classifierLoss as Probe['model']['lossFn'],
  },
  batch: (seed) => ({
    inputs: numbers([BATCH, LENGTH], {below: TOKENS, seed}),
    targets: numbers([BATCH, LENGTH], {below: TOKENS, seed: seed + 1}),
  }),
};
