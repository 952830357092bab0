import {
  type EvaluatedModel,
  type NdArray,
  sizeOf,
  type Tensor,
  type TensorInputs,
  type Tree,
} from '../../src/contract/index.js';
import {type AttentionOptions, attention, embed, layerNorm, linear, tf} from '../../src/engine/index.js';
import {
  type Attends,
  decoderBlock,
  encode,
  evaluationPass,
  logitsOf,
  type Pass,
  positionTable,
  queryOf,
} from './model.js';
import type {AttentionParams, DecoderBlockParams, TransformerOptions, TransformerParams} from './params.js';

/** How many translations of a sentence are kept, and how long they may be. */
export interface DecodingOptions {
  readonly transformer: TransformerOptions;
  readonly beams: number;
  /** Tokens of a translation with the 0 before it. */
  readonly length: number;
}

/** What a decoder has worked out, for each layer: [rows, places, heads, size], rows of the beams one after the other. */
interface LayerCache<T> {
  /** Of the source, the same for all beams. */
  readonly sourceKey: T;
  readonly sourceValue: T;
  /** Of the tokens before; those to come are whatever they are. */
  readonly key: T;
  readonly value: T;
}

type Cache<T> = {readonly inputs: T} & {readonly [layer: `layer${number}`]: LayerCache<T>};

/** A cache with nothing in it, for a batch of so many sources. */
export function emptyCache({transformer, beams, length}: DecodingOptions, batchSize: number): Tree<NdArray> {
  const {layers, width, heads} = transformer;
  const zerosOf = (rows: number, places: number): NdArray => {
    const shape = [rows, places, heads, width / heads];
    return {shape, dtype: 'float32', data: new Float32Array(sizeOf(shape))};
  };
  const layer = () => ({
    sourceKey: zerosOf(batchSize, transformer.length),
    sourceValue: zerosOf(batchSize, transformer.length),
    key: zerosOf(batchSize * beams, length),
    value: zerosOf(batchSize * beams, length),
  });
  const inputs: NdArray = {
    shape: [batchSize, transformer.length],
    dtype: 'int32',
    data: new Int32Array(batchSize * transformer.length),
  };
  return {inputs, ...Object.fromEntries(Array.from({length: layers}, (_, i) => [`layer${i}`, layer()]))};
}

/** What an entry works with. */
interface DecodingModel extends EvaluatedModel {
  readonly cache: Tree<Tensor>;
}

/** Encodes the sources `inputs` int32 [batch, length]: keys and values of the decoder's attention to them go into the cache. */
export function encodeSources(
  {params: tree, cache}: DecodingModel,
  {inputs}: TensorInputs,
  {transformer}: DecodingOptions,
) {
  const params = tree as unknown as TransformerParams;
  const encoded = encode(params, {inputs}, evaluationPass(transformer));
  const layers = eachLayer(transformer, (name, i) => {
    const {key, value} = params.decoder[`encoderdecoderblock${i}`]!.multiHeadDotProductAttention1;
    const old = (cache as unknown as Cache<Tensor>)[name]!;
    return {...old, sourceKey: linear(key.kernel, encoded), sourceValue: linear(value.kernel, encoded)};
  });
  return {cache: {inputs, ...layers} as Tree<Tensor>, outputs: {}};
}

function eachLayer<T>(
  {layers}: TransformerOptions,
  make: (name: `layer${number}`, i: number) => T,
): {[name: string]: T} {
  return Object.fromEntries(Array.from({length: layers}, (_, i) => [`layer${i}`, make(`layer${i}`, i)]));
}

/** What a token is decoded with. */
interface Step {
  /** int32 [batch, length], the sources. */
  readonly inputs: Tensor;
  /** int32 [batch * beams] */
  readonly parents: Tensor;
  /** int32 [1] */
  readonly position: Tensor;
  readonly pass: Pass;
}

/**
 * Decodes a token of each beam, and chooses what may follow.
 * @param inputs - `ids` int32 [batch * beams], the tokens; `parents` int32 [batch * beams], the rows in which their beams were before;
 * `position` int32 [1]; `scores` [batch, beams], the logarithms of the beams' probabilities
 * @returns outputs `scores` [batch, 2 * beams], in descending order, and `choices`, int32 of that shape: `beam * vocabulary + token`
 */
export function decodeToken({params: tree, cache}: DecodingModel, given: TensorInputs, {transformer}: DecodingOptions) {
  const params = tree as unknown as TransformerParams;
  const {inputs, ...layers} = cache as unknown as Cache<Tensor>;
  const {ids, parents, position, scores} = given as Record<'ids' | 'parents' | 'position' | 'scores', Tensor>;
  const step = {inputs, parents, position, pass: evaluationPass(transformer)};
  let x: Tensor = tf.add(embed(params.sharedEmbedding.embedding, ids), embed(positionTable(transformer), position));
  const next = eachLayer(transformer, (name, i) => {
    const decoded = decodeLayer(params.decoder[`encoderdecoderblock${i}`]!, x, layers[name]!, step);
    x = decoded.x;
    return decoded.cache;
  });
  const {encoderdecoderLayernorm: norm} = params.decoder;
  const logits = logitsOf(params, norm ? layerNorm(norm, x) : x); // [batch * beams, vocabulary]
  return {cache: {inputs, ...next} as Tree<Tensor>, outputs: bestOf(logits, scores)};
}

/** @param x - [batch * beams, width] */
function decodeLayer(params: DecoderBlockParams, x: Tensor, before: LayerCache<Tensor>, step: Step) {
  let cache = before;
  const attend: Attends = {
    self(attending, y) {
      const key = withPlace(before.key, linear(attending.key.kernel, y), step);
      const value = withPlace(before.value, linear(attending.value.kernel, y), step);
      cache = {...before, key, value};
      return heads(attending, y, {key, value, mask: placesUpTo(step.position, key.shape[1]!)}, step);
    },
    source(attending, y) {
      const {sourceKey: key, sourceValue: value} = before;
      const [batch, length] = step.inputs.shape as [number, number];
      return heads(
        attending,
        y,
        {key, value, mask: tf.reshape(tf.greater(step.inputs, 0), [batch, 1, 1, length])},
        step,
      );
    },
  };
  return {x: decoderBlock(params, x, attend, step.pass), cache};
}

/** The beams of a row of keys are its queries: of the source all beams of a sentence, of what was decoded each by itself. */
function heads(
  params: AttentionParams,
  y: Tensor,
  seen: Pick<AttentionOptions, 'key' | 'value' | 'mask'>,
  {pass}: Step,
): Tensor {
  const query = queryOf(params, y, pass); // [batch * beams, heads, size]
  const [rows, ...size] = query.shape as [number, number, number];
  const keyRows = seen.key.shape[0]!;
  const mixed = attention({...seen, query: tf.reshape(query, [keyRows, rows / keyRows, ...size])});
  return linear(params.out.kernel, tf.reshape(mixed, query.shape), {axes: 2});
}

/** What the beams' parents have, with new values [rows, heads, size] at the position. */
function withPlace(cached: Tensor, values: Tensor, {parents, position}: Step): Tensor {
  const [rows, length, ...size] = cached.shape as [number, number, number, number];
  const isPlace = tf.reshape(tf.cast(tf.equal(tf.range(0, length, 1, 'int32'), position), 'float32'), [
    1,
    length,
    1,
    1,
  ]);
  const placed = tf.mul(tf.reshape(values, [rows, 1, ...size]), isPlace);
  return tf.add(tf.mul(tf.gather(cached, parents as never), tf.sub(1, isPlace)), placed);
}

/** Bool [1, 1, 1, length]. */
function placesUpTo(position: Tensor, length: number): Tensor {
  return tf.reshape(tf.lessEqual(tf.range(0, length, 1, 'int32'), position), [1, 1, 1, length]);
}

function bestOf(logits: Tensor, scores: Tensor): {scores: Tensor; choices: Tensor} {
  const [batch, beams] = scores.shape as [number, number];
  const logProbs = tf.add(tf.logSoftmax(logits), tf.reshape(scores, [batch * beams, 1]));
  const {values, indices} = tf.topk(tf.reshape(logProbs, [batch, -1]), 2 * beams);
  return {scores: values, choices: indices};
}
