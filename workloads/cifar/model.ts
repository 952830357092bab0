import {
  type Batch,
  full,
  type InitialModel,
  type Key,
  type ModelOptions,
  type ModelResult,
  type NdArray,
  type ParameterType,
  type Tensor,
  type Tree,
  zeros,
} from '../../src/contract/index.js';
import {
  type BatchNormParams,
  type BatchNormState,
  batchNorm,
  type DenseParams,
  dense,
  foldIn,
  lecunNormal,
  normal,
  section,
  tf,
} from '../../src/engine/index.js';
import {frozen} from '../../src/support/index.js';

const [CHANNELS, CLASSES] = [3, 10];
const BATCH_NORM = {momentum: 0.9, epsilon: 1e-5};
const HEAD_DEVIATION = 0.01;

export interface ResNetOptions {
  /** Channels of the first stage; each later one has twice as many. */
  readonly filters: number;
  /** Residual blocks of each stage. From the second stage on the first block halves height and width. */
  readonly stageSizes: readonly number[];
}

/** A residual network for images [batch, 32, 32, 3]: how it begins, and what it does. */
export interface ResNet {
  readonly paramTypes: Tree<ParameterType>;
  initModel(key: Key): InitialModel;
  modelFn(params: Tree<Tensor>, batch: Batch, modelState: Tree<Tensor>, options: ModelOptions): ModelResult<Tensor>;
}

/** 11,173,962 parameters: 64 to 512 filters. */
export const resNet18: ResNetOptions = frozen({filters: 64, stageSizes: [2, 2, 2, 2]});

interface Conv {
  readonly kernel: Tensor;
}

interface BlockParams {
  readonly conv0: Conv;
  readonly batchNorm0: BatchNormParams;
  readonly conv1: Conv;
  readonly batchNorm1: BatchNormParams;
  /** Where the block changes the shape. */
  readonly convProj?: Conv;
  readonly normProj?: BatchNormParams;
}

interface BlockState {
  readonly batchNorm0: BatchNormState;
  readonly batchNorm1: BatchNormState;
  readonly normProj?: BatchNormState;
}

/** One block as it is laid out. */
interface BlockForm {
  readonly name: string;
  readonly inputs: number;
  readonly filters: number;
  readonly stride: number;
}

/**
 * A ResNet of basic blocks as AlgoPerf's cifar has it: a 3x3 convolution of stride 1 instead of the stem for large
 * images, no max-pooling, batch normalisation after every convolution, the mean over the last feature map, a dense head.
 * Names are those of flax in camelCase.
 * @see {@link https://arxiv.org/abs/1512.03385 | He et al. 2016}
 */
export function resNet(options: ResNetOptions): ResNet {
  const blocks = blocksOf(options);
  return {
    paramTypes: paramsOf<ParameterType>(options.filters, blocks, {
      conv: () => 'conv_weight',
      norm: () => ({scale: 'batch_norm_scale', bias: 'batch_norm_bias'}),
      head: () => ({kernel: 'weight', bias: 'bias'}),
    }),
    initModel: (key) => initModel(key, options.filters, blocks),
    modelFn: (params, {inputs}, modelState, modelOptions) =>
      modelFn(params as never, inputs!, modelState as never, modelOptions, blocks),
  };
}

function blocksOf({filters, stageSizes}: ResNetOptions): BlockForm[] {
  const forms: BlockForm[] = [];
  let inputs = filters;
  for (const [stage, size] of stageSizes.entries()) {
    for (let block = 0; block < size; block++) {
      const form = {
        name: `resNetBlock${forms.length}`,
        inputs,
        filters: filters * 2 ** stage,
        stride: stage > 0 && block === 0 ? 2 : 1,
      };
      forms.push(form);
      inputs = form.filters;
    }
  }
  return forms;
}

/** Makes the leaves of a tree of parameters. */
interface ParamMakers<T> {
  /** @param shape - height, width, input and output channels */
  conv(shape: readonly number[]): T;
  norm(channels: number, scale?: number): {scale: T; bias: T};
  head(inputs: number): {kernel: T; bias: T};
}

/** The parameters in the order in which they are drawn. */
function paramsOf<T>(filters: number, blocks: readonly BlockForm[], {conv, norm, head}: ParamMakers<T>): Tree<T> {
  const square = (size: number, inputs: number, outputs: number) => ({kernel: conv([size, size, inputs, outputs])});
  const params: {[name: string]: Tree<T>} = {convInit: square(3, CHANNELS, filters), batchNormInit: norm(filters)};
  for (const form of blocks) {
    const {name, inputs, filters} = form;
    params[name] = {
      conv0: square(3, inputs, filters),
      batchNorm0: norm(filters),
      conv1: square(3, filters, filters),
      batchNorm1: norm(filters, 0),
      ...(changesShape(form) && {convProj: square(1, inputs, filters), normProj: norm(filters)}),
    };
  }
  return {...params, dense0: head(blocks.at(-1)?.filters ?? filters)};
}

/** Convolutions by `lecunNormal`, the head N(0, 0.01), scales 1 but for the last one of a block, which is 0; biases 0. */
function initModel(key: Key, filters: number, blocks: readonly BlockForm[]): InitialModel {
  let drawn = 0;
  const params = paramsOf<NdArray>(filters, blocks, {
    conv: (shape) => lecunNormal(foldIn(key, drawn++), shape),
    norm: (channels, scale = 1) => ({scale: full([channels], scale), bias: zeros([channels])}),
    head: (inputs) => ({kernel: headKernel(foldIn(key, drawn++), inputs), bias: zeros([CLASSES])}),
  });
  const modelState: {[name: string]: Tree<NdArray>} = {batchNormInit: statistics(filters)};
  for (const form of blocks) {
    modelState[form.name] = {
      batchNorm0: statistics(form.filters),
      batchNorm1: statistics(form.filters),
      ...(changesShape(form) && {normProj: statistics(form.filters)}),
    };
  }
  return {params, modelState};
}

function headKernel(key: Key, inputs: number): NdArray {
  const kernel = normal(key, [inputs, CLASSES]);
  return {...kernel, data: (kernel.data as Float32Array).map((value) => value * HEAD_DEVIATION)};
}

function statistics(channels: number): {mean: NdArray; var: NdArray} {
  return {mean: zeros([channels]), var: full([channels], 1)};
}

function changesShape({inputs, filters, stride}: BlockForm): boolean {
  return inputs !== filters || stride !== 1;
}

interface Params {
  readonly convInit: Conv;
  readonly batchNormInit: BatchNormParams;
  readonly dense0: DenseParams;
  readonly [block: string]: unknown;
}

/** Inputs [batch, 32, 32, 3] float32 to logits [batch, 10]. It has no dropout. */
function modelFn(
  params: Params,
  inputs: Tensor,
  modelState: {readonly batchNormInit: BatchNormState; readonly [block: string]: unknown},
  {mode, updateBatchNorm = true}: ModelOptions,
  blocks: readonly BlockForm[],
): ModelResult<Tensor> {
  const options = {...BATCH_NORM, mode, updateBatchNorm};
  const stem = section(() => {
    const result = batchNorm(
      params.batchNormInit,
      modelState.batchNormInit,
      conv2d(params.convInit, inputs, 1),
      options,
    );
    return {...result, output: tf.relu(result.output)};
  });
  const next: {[block: string]: unknown} = {batchNormInit: stem.state};
  let x = stem.output; // [batch, 32, 32, filters]
  for (const {name, stride} of blocks) {
    const [blockParams, blockState, from] = [params[name] as BlockParams, modelState[name] as BlockState, x];
    const block = section(() => residualBlock(blockParams, blockState, from, stride, options));
    next[name] = block.state;
    x = block.output;
  }
  const features = tf.mean(x, [1, 2]); // [batch, last filters]
  return {logits: dense(params.dense0, features), modelState: next as Tree<Tensor>};
}

type NormOptions = Parameters<typeof batchNorm>[3];

function residualBlock(
  params: BlockParams,
  state: BlockState,
  x: Tensor,
  stride: number,
  options: NormOptions,
): {output: Tensor; state: BlockState} {
  const first = batchNorm(params.batchNorm0, state.batchNorm0, conv2d(params.conv0, x, stride), options);
  const second = batchNorm(
    params.batchNorm1,
    state.batchNorm1,
    conv2d(params.conv1, tf.relu(first.output), 1),
    options,
  );
  const states = {batchNorm0: first.state, batchNorm1: second.state};
  if (!params.convProj) return {output: tf.relu(tf.add(x, second.output)), state: states};
  const shortcut = batchNorm(params.normProj!, state.normProj!, conv2d(params.convProj, x, stride), options);
  return {output: tf.relu(tf.add(shortcut.output, second.output)), state: {...states, normProj: shortcut.state}};
}

function conv2d({kernel}: Conv, x: Tensor, stride: number): Tensor {
  return tf.conv2d(x as never, kernel as never, stride, 'same');
}
