import type * as TF from '@tensorflow/tfjs-core';
import {formOf, type ModelOptions, type Tensor} from '../contract/index.js';
import {describeValue, requireFinite, requireInRange} from '../support/index.js';
import {requireForms, requireParams, requireTensors} from './layer-tensors.js';
import {tf} from './tf.js';

/** The parameters of a batch normalisation, [channels] each. */
export interface BatchNormParams {
  readonly scale: Tensor;
  readonly bias: Tensor;
}

/** Its running statistics, [channels] each: what evaluation normalises by. */
export interface BatchNormState {
  readonly mean: Tensor;
  readonly var: Tensor;
}

/** How the statistics are taken and kept. */
export interface BatchNormOptions extends Pick<ModelOptions, 'mode' | 'updateBatchNorm'> {
  /** What is left of the running statistics in a call that moves them, in [0, 1]; default 0.99, as flax. */
  readonly momentum?: number;
  /** Added to the variance, above 0; default 1e-5. */
  readonly epsilon?: number;
}

/** What is normalised, with the running statistics after the call. */
export interface BatchNormResult {
  /** In the shape of `x`. */
  readonly output: Tensor;
  readonly state: BatchNormState;
}

/** The name of the kernel that normalises by the batch's own statistics. */
export const BATCH_NORM = 'BatchNormOfBatch';
/** The name of the kernel of its gradients. */
export const BATCH_NORM_GRADIENT = 'BatchNormOfBatchGradient';

/**
 * Normalises each channel of `x` [batch, ..., channels], such as [batch, height, width, channels]: `(x - mean) / sqrt(var + epsilon) * scale + bias`.
 * In mode `train` mean and variance are the batch's own, gradients flow through them, and the running statistics become
 * `momentum * old + (1 - momentum) * batch's` unless `updateBatchNorm` is false. In mode `eval` they are the running ones,
 * which stay. The variance is the biased one everywhere.
 * @throws RangeError naming the option and the value it got, or what is no tensor or of another form
 * @see {@link https://arxiv.org/abs/1502.03167 | Ioffe & Szegedy 2015}; same values as `flax.linen.BatchNorm`
 */
export function batchNorm(
  params: BatchNormParams,
  state: BatchNormState,
  x: Tensor,
  options: BatchNormOptions,
): BatchNormResult {
  // A model in plain JavaScript may have left them out.
  const {mode, updateBatchNorm = true, momentum = 0.99, epsilon = 1e-5} = Object(options) as BatchNormOptions;
  if (mode !== 'train' && mode !== 'eval')
    throw new RangeError(`batchNorm: mode must be 'train' or 'eval', got ${describeValue(mode)}`);
  requireInRange('momentum', momentum, 0, 1);
  requireFinite('epsilon', epsilon);
  if (epsilon <= 0) throw new RangeError(`epsilon must be above 0, got ${epsilon}`);
  requireParams('batchNorm', params, ['scale', 'bias']);
  requireParams('batchNorm', state, ['mean', 'var']);
  requireTensors('batchNorm', {x});
  if (x.rank < 2) throw new RangeError(`batchNorm: x must be [batch, ..., channels]; found ${formOf(x)}`);
  const channels = [x.shape.at(-1)!];
  requireForms('batchNorm', {
    scale: [params.scale, channels],
    bias: [params.bias, channels],
    mean: [state.mean, channels],
    var: [state.var, channels],
  });
  if (x.rank !== 4) return batchNormOfRows(params, state, x, {mode, updateBatchNorm, momentum, epsilon});
  const {scale, bias} = params;
  if (mode === 'eval') {
    return {
      output: tf.batchNorm(x, state.mean as never, state.var as never, bias as never, scale as never, epsilon),
      state,
    };
  }
  const [output, mean, variance] = tf
    .engine()
    .runKernel(BATCH_NORM, {x, scale, bias} as never, {epsilon}) as unknown as [Tensor, Tensor, Tensor];
  if (!updateBatchNorm) return {output, state};
  const moved = (old: Tensor, value: Tensor): Tensor => tf.add(tf.mul(old, momentum), tf.mul(value, 1 - momentum));
  return {output, state: {mean: moved(state.mean, mean), var: moved(state.var, variance)}};
}

/** The kernels take images: here each row is one of a single pixel. */
function batchNormOfRows(
  params: BatchNormParams,
  state: BatchNormState,
  x: Tensor,
  options: BatchNormOptions,
): BatchNormResult {
  const {output, state: after} = batchNorm(params, state, tf.reshape(x, [-1, 1, 1, x.shape.at(-1)!]), options);
  return {output: tf.reshape(output, x.shape), state: after};
}

// A backend's kernel gives the output, the batch's mean and biased variance, and up to three more tensors that its gradient
// needs. The gradient's kernel takes `dy`, `x`, `scale` and all of these but the output: `mean`, `variance`, `rest0`, ...
// Only the output has a gradient: nothing that is trained depends on the running statistics.
tf.registerGradient({
  kernelName: BATCH_NORM,
  inputsToSave: ['x', 'scale'],
  outputsToSave: [false, true, true, true, true, true],
  gradFunc(dys, saved, attrs) {
    const [x, scale, mean, variance, ...rest] = saved as Tensor[];
    const others = Object.fromEntries(rest.map((tensor, i) => [`rest${i}`, tensor]));
    const inputs = {dy: (dys as Tensor[])[0], x, scale, mean, variance, ...others};
    // Computed here, not within the functions: each of those runs in a scope of its own, which would free the other two.
    const gradients = tf.engine().runKernel(BATCH_NORM_GRADIENT, inputs as never, attrs) as unknown as Tensor[];
    const [dx, dScale, dBias] = gradients as [Tensor, Tensor, Tensor];
    return {x: () => dx, scale: () => dScale, bias: () => dBias};
  },
});

type Call = Parameters<TF.KernelFunc>[0];

const EXAMPLES = [0, 1, 2];

/** For the backends that run op by op. */
function composed({inputs, attrs}: Call): TF.TensorInfo[] {
  const {x, scale, bias} = inputs as unknown as {x: Tensor; scale: Tensor; bias: Tensor};
  const {epsilon} = attrs as unknown as {epsilon: number};
  return tf.tidy(() => {
    const mean = tf.mean(x, EXAMPLES);
    const centred = tf.sub(x, mean);
    const variance = tf.mean(tf.square(centred), EXAMPLES);
    const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, epsilon)));
    return [tf.add(tf.mul(centred, factor), bias), mean, variance];
  });
}

/** With `n` values a channel and `u = (x - mean) / sqrt(var + epsilon)`: `dx = scale / sqrt(...) * (dy - (sum dy + u * sum(u dy)) / n)`. */
function composedGradient({inputs, attrs}: Call): TF.TensorInfo[] {
  const {dy, x, scale, mean, variance} = inputs as unknown as {[name: string]: Tensor};
  const {epsilon} = attrs as unknown as {epsilon: number};
  return tf.tidy(() => {
    const root = tf.rsqrt(tf.add(variance!, epsilon));
    const unit = tf.mul(tf.sub(x!, mean!), root);
    const dBias = tf.sum(dy!, EXAMPLES);
    const dScale = tf.sum(tf.mul(dy!, unit), EXAMPLES);
    const count = x!.size / scale!.size;
    const common = tf.add(tf.mul(unit, tf.div(dScale, count)), tf.div(dBias, count));
    return [tf.mul(tf.sub(dy!, common), tf.mul(scale!, root)), dScale, dBias];
  });
}

for (const backendName of ['wasm', 'cpu']) {
  tf.registerKernel({kernelName: BATCH_NORM, backendName, kernelFunc: composed});
  tf.registerKernel({kernelName: BATCH_NORM_GRADIENT, backendName, kernelFunc: composedGradient});
}
