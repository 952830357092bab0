import {
  full,
  type InitialModel,
  type Key,
  type NdArray,
  type ParameterType,
  sizeOf,
  type Tensor,
  type Tree,
  zeros,
} from '../../src/contract/index.js';
import {type DenseParams, foldIn, type LayerNormParams, normal, uniform} from '../../src/engine/index.js';

/** The sizes and the kind of an encoder-decoder transformer. */
export interface TransformerOptions {
  /** How many tokens there are, in both languages together. */
  readonly vocabulary: number;
  /** The longest sequence; shorter ones are taken as well. */
  readonly length: number;
  /** Of the encoder, and of the decoder. */
  readonly layers: number;
  /** An even number. */
  readonly width: number;
  /** Divides `width`. */
  readonly heads: number;
  /** Hidden units of a layer's MLP. */
  readonly hidden: number;
  /** Whether a layer's parts are normalised after they were added, instead of before. Default false. */
  readonly isPostNorm?: boolean;
  /** What queries are made of is multiplied by it. Default 1. */
  readonly attentionTemperature?: number;
  /** Of the MLPs; default `relu`. */
  readonly activation?: 'relu' | 'tanh';
  /** Whether the MLPs' hidden units are multiplied by a second product of their input. Default false. */
  readonly isGated?: boolean;
}

/** One of four: of an attention, without a bias. */
export interface KernelParams {
  readonly kernel: Tensor;
}

/** Kernels [width, heads, size], and `out` [heads, size, width]. */
export interface AttentionParams {
  readonly query: KernelParams;
  readonly key: KernelParams;
  readonly value: KernelParams;
  readonly out: KernelParams;
}

/** `dense1` is the gate where there is one; the last layer follows. */
export interface MlpParams {
  readonly dense0: DenseParams;
  readonly dense1: DenseParams;
  readonly dense2?: DenseParams;
}

export interface EncoderBlockParams {
  readonly layerNorm0: LayerNormParams;
  readonly multiHeadDotProductAttention0: AttentionParams;
  readonly layerNorm1: LayerNormParams;
  readonly mlpBlock0: MlpParams;
}

export interface DecoderBlockParams extends EncoderBlockParams {
  /** Attends to the encoder's output. */
  readonly multiHeadDotProductAttention1: AttentionParams;
  readonly layerNorm2: LayerNormParams;
}

/** Names are those of AlgoPerf's flax model in camelCase. The last norms are there where norms come first. */
export interface TransformerParams {
  /** [vocabulary, width]: of both languages, and of the logits. */
  readonly sharedEmbedding: {readonly embedding: Tensor};
  readonly encoder: {
    readonly encoderLayernorm?: LayerNormParams;
    readonly [block: `encoderblock${number}`]: EncoderBlockParams;
  };
  readonly decoder: {
    readonly encoderdecoderLayernorm?: LayerNormParams;
    readonly [block: `encoderdecoderblock${number}`]: DecoderBlockParams;
  };
}

/** Makes the leaves of a tree of parameters. */
interface ParamMakers<T> {
  /** @param inputs - how many of the dimensions are summed over; default 1 */
  kernel(shape: readonly number[], type: ParameterType, inputs?: number): T;
  bias(size: number): T;
  norm(): {readonly scale: T; readonly bias: T};
  table(): T;
}

/** The parameters in the order in which they are drawn. */
function paramsOf<T>(
  {width, heads, hidden, layers, isPostNorm, isGated}: TransformerOptions,
  makers: ParamMakers<T>,
): Tree<T> {
  const {kernel, bias, norm, table} = makers;
  const dense = (inputs: number, outputs: number) => ({
    kernel: kernel([inputs, outputs], 'weight'),
    bias: bias(outputs),
  });
  const perHead = (type: ParameterType) => ({kernel: kernel([width, heads, width / heads], type)});
  const attention = () => ({
    query: perHead('attention_q'),
    key: perHead('attention_k'),
    value: perHead('attention_v'),
    out: {kernel: kernel([heads, width / heads, width], 'attention_out', 2)},
  });
  const mlp = () => ({
    dense0: dense(width, hidden),
    ...(isGated ? {dense1: dense(width, hidden), dense2: dense(hidden, width)} : {dense1: dense(hidden, width)}),
  });
  const encoderBlock = () => ({
    layerNorm0: norm(),
    multiHeadDotProductAttention0: attention(),
    layerNorm1: norm(),
    mlpBlock0: mlp(),
  });
  const blocks = (name: string, make: () => Tree<T>) =>
    Object.fromEntries(Array.from({length: layers}, (_, i) => [`${name}${i}`, make()]));
  return {
    sharedEmbedding: {embedding: table()},
    encoder: {...blocks('encoderblock', encoderBlock), ...(!isPostNorm && {encoderLayernorm: norm()})},
    decoder: {
      ...blocks('encoderdecoderblock', () => ({
        ...encoderBlock(),
        multiHeadDotProductAttention1: attention(),
        layerNorm2: norm(),
      })),
      ...(!isPostNorm && {encoderdecoderLayernorm: norm()}),
    },
  };
}

/** The types of the parameters, in the structure of {@link initParams}. */
export function typesOf(options: TransformerOptions): Tree<ParameterType> {
  return paramsOf<ParameterType>(options, {
    kernel: (_, type) => type,
    bias: () => 'bias',
    norm: () => ({scale: 'layer_norm_scale', bias: 'layer_norm_bias'}),
    table: () => 'embedding',
  });
}

const BIAS_DEVIATION = 1e-6;

/** Kernels by Glorot and Bengio's uniform distribution, biases N(0, 1e-6^2), the table N(0, 1), norms 1 and 0. */
export function initModel(key: Key, options: TransformerOptions): InitialModel {
  const {vocabulary, width} = options;
  let drawn = 0;
  const nextKey = (): Key => foldIn(key, drawn++);
  const params = paramsOf<NdArray>(options, {
    kernel: (shape, _, inputs = 1) => {
      const limit = Math.sqrt(6 / (sizeOf(shape.slice(0, inputs)) + sizeOf(shape.slice(inputs))));
      return uniform(nextKey(), shape, -limit, limit);
    },
    bias(size) {
      const draws = normal(nextKey(), [size]);
      return {...draws, data: (draws.data as Float32Array).map((value) => value * BIAS_DEVIATION)};
    },
    norm: () => ({scale: full([width], 1), bias: zeros([width])}),
    table: () => normal(nextKey(), [vocabulary, width]),
  });
  return {params, modelState: {}};
}

/** Of the products with kernels and of attention, for a row of `length` tokens in each language. */
export function multiplyAddsOf({
  vocabulary,
  length,
  layers,
  width,
  hidden,
  isGated = false,
}: TransformerOptions): number {
  const attention = 4 * width ** 2 + 2 * width * length;
  const mlp = (isGated ? 3 : 2) * width * hidden;
  return length * (layers * (3 * attention + 2 * mlp) + width * vocabulary);
}
