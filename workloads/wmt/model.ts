import type {Batch, ModelOptions, ModelResult, Tensor, Tree} from '../../src/contract/index.js';
import {
  attention,
  causalMask,
  dense,
  dropout,
  embed,
  embedLogits,
  foldIn,
  type LayerNormParams,
  layerNorm,
  linear,
  section,
  tf,
} from '../../src/engine/index.js';
import type {
  AttentionParams,
  DecoderBlockParams,
  EncoderBlockParams,
  MlpParams,
  TransformerOptions,
  TransformerParams,
} from './params.js';

/** What a pass of the model does at every place. */
export interface Pass {
  readonly options: TransformerOptions;
  dropped(x: Tensor): Tensor;
}

/** A pass without dropout. */
export function evaluationPass(options: TransformerOptions): Pass {
  return {options, dropped: (x) => x};
}

/** Each place draws with a key of its own. */
function passOf(options: TransformerOptions, {mode, key, dropoutRate = 0}: ModelOptions): Pass {
  if (mode !== 'train' || dropoutRate === 0) return evaluationPass(options);
  let places = 0;
  return {options, dropped: (x) => dropout(x, dropoutRate, foldIn(key!, places++))};
}

/**
 * Logits [rows, length, vocabulary] of `targets`, each token from those before it and the whole source. A batch has `inputs` and
 * `targets` int32 [rows, length], and where several pairs are packed into a row their positions and segmentations.
 */
export function modelFn(
  params: TransformerParams,
  batch: Batch,
  modelState: Tree<Tensor>,
  modelOptions: ModelOptions,
  options: TransformerOptions,
): ModelResult<Tensor> {
  const pass = passOf(options, modelOptions);
  const encoded = encode(params, batch, pass);
  return {logits: logitsOf(params, decode(params, encoded, batch, pass)), modelState};
}

/** The encoder's output [rows, length, width]. */
export function encode(params: TransformerParams, batch: Batch, pass: Pass): Tensor {
  const {inputs, inputsPosition, inputsSegmentation} = batch as EncodedBatch;
  const isToken = tf.greater(inputs, 0);
  const mask = both(pairwise(isToken, isToken, tf.logicalAnd), sameSegment(inputsSegmentation, inputsSegmentation));
  let x = pass.dropped(embedded(params, inputs, inputsPosition, pass));
  for (let layer = 0; layer < pass.options.layers; layer++) {
    const [block, from] = [params.encoder[`encoderblock${layer}`]!, x];
    x = section(() => encoderBlock(block, from, mask, pass));
  }
  return lastNorm(params.encoder.encoderLayernorm, x);
}

type EncodedBatch = Record<'inputs', Tensor> & Partial<Record<string, Tensor>>;
type DecodedBatch = Record<'inputs' | 'targets', Tensor> & Partial<Record<string, Tensor>>;

/** The decoder's output [rows, length, width]. Targets are moved by a place: each is predicted from those before it. */
export function decode(params: TransformerParams, encoded: Tensor, batch: Batch, pass: Pass): Tensor {
  const {inputs, targets, targetsPosition, inputsSegmentation, targetsSegmentation} = batch as DecodedBatch;
  const [isSource, isTarget] = [tf.greater(inputs, 0), tf.greater(targets, 0)];
  const causal = causalMask(targets.shape[1]!);
  const seen = tf.logicalAnd(pairwise(isTarget, isTarget, tf.logicalAnd), causal);
  const mask = both(seen, sameSegment(targetsSegmentation, targetsSegmentation));
  const sourceMask = both(
    pairwise(isTarget, isSource, tf.logicalAnd),
    sameSegment(targetsSegmentation, inputsSegmentation),
  );
  const attend: Attends = {
    self: (attending, y) => multiHead(attending, y, {from: y, mask}, pass),
    source: (attending, y) => multiHead(attending, y, {from: encoded, mask: sourceMask}, pass),
  };
  let y = pass.dropped(embedded(params, shiftedRight(targets), targetsPosition, pass));
  for (let layer = 0; layer < pass.options.layers; layer++) {
    const [block, from] = [params.decoder[`encoderdecoderblock${layer}`]!, y];
    y = section(() => decoderBlock(block, from, attend, pass));
  }
  return lastNorm(params.decoder.encoderdecoderLayernorm, y);
}

/** Products with the tokens' vectors, of [..., width] to [..., vocabulary]. */
export function logitsOf({sharedEmbedding}: TransformerParams, x: Tensor): Tensor {
  return tf.mul(embedLogits(sharedEmbedding.embedding, x), 1 / Math.sqrt(x.shape.at(-1)!));
}

function lastNorm(norm: LayerNormParams | undefined, x: Tensor): Tensor {
  return norm ? layerNorm(norm, x) : x;
}

/** A 0 comes first; of a packed row's second pair, the last token of the first one. */
function shiftedRight(tokens: Tensor): Tensor {
  const [rows, length] = tokens.shape as [number, number];
  return tf.concat([tf.zeros([rows, 1], 'int32'), tf.slice(tokens, [0, 0], [rows, length - 1])], 1);
}

/** Masks [rows, 1, queries, keys]. */
function pairwise(queries: Tensor, keys: Tensor, compare: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const [rows, length] = queries.shape as [number, number];
  return compare(tf.reshape(queries, [rows, 1, length, 1]), tf.reshape(keys, [rows, 1, 1, keys.shape[1]!]));
}

function sameSegment(queries: Tensor | undefined, keys: Tensor | undefined): Tensor | undefined {
  return queries && keys && pairwise(queries, keys, tf.equal);
}

function both(mask: Tensor, further: Tensor | undefined): Tensor {
  return further ? tf.logicalAnd(mask, further) : mask;
}

/** Tokens' vectors with those of their positions, which are their places where none are given: [rows, length, width]. */
function embedded(params: TransformerParams, tokens: Tensor, positions: Tensor | undefined, {options}: Pass): Tensor {
  const table = positionTable(options);
  const ofPositions = positions ? embed(table, positions) : tf.slice(table, [0, 0], [tokens.shape[1]!, options.width]);
  return tf.add(embed(params.sharedEmbedding.embedding, tokens), ofPositions);
}

/**
 * Vectors of positions [length, width]: sines, then cosines, of periods from 2 pi to 20,000 pi.
 * @see {@link https://arxiv.org/abs/1706.03762 | Vaswani et al. 2017}
 */
export function positionTable({length, width}: TransformerOptions): Tensor {
  const half = width / 2;
  const step = -Math.log(10_000) / (half - 1);
  const values = Float32Array.from({length: length * width}, (_, i) => {
    const angle = Math.floor(i / width) * Math.exp((i % half) * step);
    return i % width < half ? Math.sin(angle) : Math.cos(angle);
  });
  return tf.tensor(values, [length, width]);
}

/** An attention of a decoder's block, to what it attends. */
export type Attend = (params: AttentionParams, x: Tensor) => Tensor;

export interface Attends {
  readonly self: Attend;
  readonly source: Attend;
}

/** [rows, length, width] to the same. */
export function encoderBlock(params: EncoderBlockParams, x: Tensor, mask: Tensor, pass: Pass): Tensor {
  const {layerNorm0, multiHeadDotProductAttention0, layerNorm1, mlpBlock0} = params;
  const y = added(layerNorm0, x, pass, (normed) =>
    pass.dropped(multiHead(multiHeadDotProductAttention0, normed, {from: normed, mask}, pass)),
  );
  return added(layerNorm1, y, pass, (normed) => mlp(mlpBlock0, normed, pass));
}

/** [..., width] to the same. */
export function decoderBlock(params: DecoderBlockParams, x: Tensor, attend: Attends, pass: Pass): Tensor {
  const {multiHeadDotProductAttention0, multiHeadDotProductAttention1, mlpBlock0} = params;
  const y = added(params.layerNorm0, x, pass, (normed) =>
    pass.dropped(attend.self(multiHeadDotProductAttention0, normed)),
  );
  const z = added(params.layerNorm1, y, pass, (normed) =>
    pass.dropped(attend.source(multiHeadDotProductAttention1, normed)),
  );
  return added(params.layerNorm2, z, pass, (normed) => mlp(mlpBlock0, normed, pass));
}

/** A part of a block, added to what it was made from: normalised before it, or after the sum. */
function added(norm: LayerNormParams, x: Tensor, {options}: Pass, part: (x: Tensor) => Tensor): Tensor {
  return options.isPostNorm ? layerNorm(norm, tf.add(x, part(x))) : tf.add(x, part(layerNorm(norm, x)));
}

interface AttendedTo {
  /** [rows, keys, width] */
  readonly from: Tensor;
  readonly mask: Tensor;
}

function multiHead(params: AttentionParams, x: Tensor, {from, mask}: AttendedTo, pass: Pass): Tensor {
  const heads = attention({
    query: queryOf(params, x, pass),
    key: linear(params.key.kernel, from),
    value: linear(params.value.kernel, from),
    mask,
    changeWeights: pass.dropped,
  }); // [rows, length, heads, size]
  return linear(params.out.kernel, heads, {axes: 2});
}

/** [..., width] to [..., heads, size]. */
export function queryOf({query}: AttentionParams, x: Tensor, {options: {attentionTemperature = 1}}: Pass): Tensor {
  return linear(query.kernel, attentionTemperature === 1 ? x : tf.mul(x, attentionTemperature));
}

function mlp({dense0, dense1, dense2}: MlpParams, x: Tensor, {options, dropped}: Pass): Tensor {
  const activation = options.activation === 'tanh' ? tf.tanh : tf.relu;
  const hidden = activation(dense(dense0, x)) as Tensor; // [..., hidden]
  const gated = dense2 ? tf.mul(hidden, dense(dense1, x)) : hidden;
  return dropped(dense(dense2 ?? dense1, dropped(gated as Tensor)));
}
