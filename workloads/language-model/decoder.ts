import {
  type Batch,
  full,
  type InitialModel,
  type Key,
  type ModelResult,
  type NdArray,
  type ParameterType,
  type Tensor,
  type Tree,
} from '../../src/contract/index.js';
import {
  attention,
  causalMask,
  embed,
  embedLogits,
  foldIn,
  glu,
  linear,
  normal,
  type RmsNormParams,
  rmsNorm,
  rotary,
  section,
  tf,
} from '../../src/engine/index.js';

const THETA = 500_000;
const HEAD_EPSILON = 1e-6;
const DEVIATION = 0.02;

/** The sizes of a decoder. */
export interface DecoderOptions {
  /** How many tokens there are. */
  readonly vocabulary: number;
  /** The sequences that it is made for; it takes shorter ones as well. */
  readonly length: number;
  readonly layers: number;
  readonly width: number;
  /** Divides `width`. */
  readonly heads: number;
  /** Hidden units of a layer's gated MLP. */
  readonly hidden: number;
}

/** A decoder-only transformer: how it begins, and what it does. */
export interface Decoder {
  readonly paramTypes: Tree<ParameterType>;
  initModel(key: Key): InitialModel;
  /** Tokens `inputs` int32 [batch, length] to logits [batch, length, vocabulary]. */
  modelFn(params: Tree<Tensor>, batch: Batch, modelState: Tree<Tensor>): ModelResult<Tensor>;
  /** Multiply-adds of one sequence's way through it. */
  readonly multiplyAdds: number;
}

interface Kernel {
  readonly kernel: Tensor;
}

interface AttentionParams {
  readonly query: Kernel;
  readonly key: Kernel;
  readonly value: Kernel;
  readonly attnOutProj: Kernel;
  readonly attnScale: Tensor;
}

interface BlockParams {
  readonly rmsNorm0: RmsNormParams;
  readonly causalAttn0: AttentionParams;
  readonly rmsNorm1: RmsNormParams;
  readonly mlp0: {readonly dense0: Kernel; readonly dense1: Kernel};
}

/**
 * A transformer as AlgoPerf's language model: before each attention and each gated MLP a root-mean-square norm, rotary positions
 * before queries and keys are divided by their length, a learned factor of their products in each layer, no biases, and one table
 * for tokens and logits. Names are those of its flax model in camelCase. There is no dropout.
 */
export function decoder(options: DecoderOptions): Decoder {
  return {
    paramTypes: paramsOf<ParameterType>(options, {
      kernel: (_, type = 'weight') => type,
      scale: () => 'layer_norm_scale',
      attnScale: () => 'weight',
      table: () => 'embedding',
    }),
    initModel: (key) => initModel(key, options),
    modelFn: (params, {inputs}, modelState) => ({logits: logitsOf(params as never, inputs!, options), modelState}),
    multiplyAdds: multiplyAddsOf(options),
  };
}

/** Of the products with kernels and of attention. */
function multiplyAddsOf({vocabulary, length, layers, width, hidden}: DecoderOptions): number {
  const block = 4 * width ** 2 + 3 * width * hidden + 2 * width * length;
  return length * (layers * block + width * vocabulary);
}

/** Makes the leaves of a tree of parameters. */
interface ParamMakers<T> {
  /** @param isLast - whether its product is added to what the block began with */
  kernel(shape: readonly number[], type?: ParameterType, isLast?: boolean): T;
  scale(): T;
  attnScale(): T;
  table(): T;
}

/** The parameters in the order in which they are drawn. */
function paramsOf<T>({layers, width, heads, hidden}: DecoderOptions, makers: ParamMakers<T>): Tree<T> {
  const {kernel, scale, attnScale, table} = makers;
  const perHead = (type: ParameterType) => ({kernel: kernel([width, heads, width / heads], type)});
  const params: {[name: string]: Tree<T>} = {embed: {embedding: table()}};
  for (let layer = 0; layer < layers; layer++) {
    params[`blocks${layer}`] = {
      rmsNorm0: {scale: scale()},
      causalAttn0: {
        query: perHead('attention_q'),
        key: perHead('attention_k'),
        value: perHead('attention_v'),
        attnScale: attnScale(),
        attnOutProj: {kernel: kernel([width, width], 'attention_out', true)},
      },
      rmsNorm1: {scale: scale()},
      mlp0: {
        dense0: {kernel: kernel([width, 2 * hidden])},
        dense1: {kernel: kernel([hidden, width], 'weight', true)},
      },
    };
  }
  return {...params, outLn: {scale: scale()}};
}

/** Kernels and table N(0, 0.02^2); the two kernels that end a block's halves, divided by sqrt(2 layers). */
function initModel(key: Key, options: DecoderOptions): InitialModel {
  const {vocabulary, length, layers, width} = options;
  let drawn = 0;
  const draw = (shape: readonly number[], deviation: number): NdArray => {
    const drawing = normal(foldIn(key, drawn++), shape);
    for (let i = 0; i < drawing.data.length; i++) drawing.data[i]! *= deviation;
    return drawing;
  };
  const params = paramsOf<NdArray>(options, {
    kernel: (shape, _, isLast = false) => draw(shape, isLast ? DEVIATION / Math.sqrt(2 * layers) : DEVIATION),
    scale: () => full([width], 1),
    attnScale: () => full([], Math.log2(length ** 2 - length)),
    table: () => draw([vocabulary, width], DEVIATION),
  });
  return {params, modelState: {}};
}

interface Params {
  readonly embed: {readonly embedding: Tensor};
  readonly outLn: RmsNormParams;
  readonly [block: string]: unknown;
}

function logitsOf(params: Params, inputs: Tensor, {layers}: DecoderOptions): Tensor {
  const mask = causalMask(inputs.shape[1]!);
  let x = embed(params.embed.embedding, inputs); // [batch, length, width]
  for (let layer = 0; layer < layers; layer++) {
    const [block, from] = [params[`blocks${layer}`] as BlockParams, x];
    x = section(() => blockOf(block, from, mask));
  }
  return embedLogits(params.embed.embedding, rmsNorm(params.outLn, x));
}

function blockOf({rmsNorm0, causalAttn0, rmsNorm1, mlp0}: BlockParams, x: Tensor, mask: Tensor): Tensor {
  const attended = tf.add(x, selfAttention(causalAttn0, rmsNorm(rmsNorm0, x), mask)) as Tensor;
  const hidden = glu(linear(mlp0.dense0.kernel, rmsNorm(rmsNorm1, attended))); // [batch, length, hidden]
  return tf.add(attended, linear(mlp0.dense1.kernel, hidden));
}

function selfAttention({query, key, value, attnOutProj, attnScale}: AttentionParams, x: Tensor, mask: Tensor): Tensor {
  const turned = ({kernel}: Kernel): Tensor => unit(rotary(linear(kernel, x), {theta: THETA}));
  const heads = attention({
    query: turned(query),
    key: turned(key),
    value: linear(value.kernel, x),
    scale: attnScale,
    mask,
  }); // [batch, length, heads, size]
  return linear(attnOutProj.kernel, tf.reshape(heads, x.shape));
}

/** Vectors divided by their length, of the last dimension. */
function unit(x: Tensor): Tensor {
  const length = tf.sqrt(tf.sum(tf.square(x), -1, true));
  return tf.div(x, tf.add(length, HEAD_EPSILON));
}
