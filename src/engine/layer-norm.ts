import type * as TF from '@tensorflow/tfjs-core';
import type {Tensor} from '../contract/index.js';
import {frozen} from '../support/index.js';
import {tf} from './tf.js';

/**
 * The name of the kernel that normalises rows. Inputs `x` [rows, width], `scale` and `bias` [width], attribute `epsilon`; outputs
 * `y` [rows, width], and of each row `mean` and `root`, `1 / sqrt(variance + epsilon)`: [rows].
 */
export const LAYER_NORM = 'LayerNormOfRows';
/** That of its gradients. Inputs `dy`, `x`, `scale`, `mean` and `root`; outputs the gradients of `x`, `scale` and `bias`. */
export const LAYER_NORM_GRADIENT = 'LayerNormOfRowsGradient';

/** The names of the kernels' inputs, in the order that operations take them. */
export const layerNormInputs: {readonly [kernelName: string]: readonly string[]} = frozen({
  [LAYER_NORM]: ['x', 'scale', 'bias'],
  [LAYER_NORM_GRADIENT]: ['dy', 'x', 'scale', 'mean', 'root'],
});

/** Normalises each row of `x` [rows, width], then `* scale + bias`. */
export function normalisedRows(x: Tensor, scale: Tensor, bias: Tensor, epsilon: number): Tensor {
  const outputs = tf.engine().runKernel(LAYER_NORM, {x, scale, bias} as never, {epsilon});
  return (outputs as unknown as Tensor[])[0]!;
}

tf.registerGradient({
  kernelName: LAYER_NORM,
  inputsToSave: ['x', 'scale'],
  outputsToSave: [false, true, true],
  gradFunc(dys, saved) {
    const [x, scale, mean, root] = saved as Tensor[];
    const inputs = {dy: (dys as Tensor[])[0], x, scale, mean, root};
    // Computed here, not within the functions: each of those runs in a scope of its own, which would free the other two.
    const gradients = tf.engine().runKernel(LAYER_NORM_GRADIENT, inputs as never) as unknown as Tensor[];
    const [dx, dScale, dBias] = gradients as [Tensor, Tensor, Tensor];
    return {x: () => dx, scale: () => dScale, bias: () => dBias};
  },
});

type Call = Parameters<TF.KernelFunc>[0];

/** By operations of their own, for engines that have no such kernel. */
export function composedLayerNorm({inputs, attrs}: Call): TF.TensorInfo[] {
  const {x, scale, bias} = inputs as unknown as {[name: string]: Tensor};
  const {epsilon} = attrs as unknown as {epsilon: number};
  return tf.tidy(() => {
    const mean = tf.mean(x!, 1, true);
    const centred = tf.sub(x!, mean);
    const root = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
    const y = tf.add(tf.mul(tf.mul(centred, root), scale!), bias!);
    return [y, tf.reshape(mean, [-1]), tf.reshape(root, [-1])];
  });
}

/** With `u = (x - mean) * root` and `g = dy * scale`: `dx = root * (g - mean(g) - u * mean(g * u))`. */
export function composedLayerNormGradient({inputs}: Call): TF.TensorInfo[] {
  const {dy, x, scale, mean, root} = inputs as unknown as {[name: string]: Tensor};
  return tf.tidy(() => {
    const column = (values: Tensor): Tensor => tf.expandDims(values, 1);
    const unit = tf.mul(tf.sub(x!, column(mean!)), column(root!));
    const upstream = tf.mul(dy!, scale!);
    const along = tf.mul(unit, tf.mean(tf.mul(upstream, unit), 1, true));
    const dx = tf.mul(tf.sub(tf.sub(upstream, tf.mean(upstream, 1, true)), along), column(root!));
    return [dx, tf.sum(tf.mul(dy!, unit), 0), tf.sum(dy!, 0)];
  });
}

tf.registerKernel({kernelName: LAYER_NORM, backendName: 'cpu', kernelFunc: composedLayerNorm});
tf.registerKernel({kernelName: LAYER_NORM_GRADIENT, backendName: 'cpu', kernelFunc: composedLayerNormGradient});
