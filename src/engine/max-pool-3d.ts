import type * as TF from '@tensorflow/tfjs-core';
import type {Tensor} from '../contract/index.js';
import {setKernel} from './kernel-registry.js';
import {tf} from './tf.js';

type Call = Parameters<TF.KernelFunc>[0];
type Sizes = number | readonly [depth: number, height: number, width: number];

interface PoolAttributes {
  readonly filterSize: Sizes;
  readonly strides: Sizes;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * Makes the largest of the windows of a volume of pools of images: those of each plane, then of these along the depth. In tfjs 4.22 the
 * gradient on cpu mixes up the height of a window and its width, and the kernel of wasm is wrong for numbers below 0; both, where strides
 * are wider than windows. To be called once a backend.
 */
export function replaceMaxPool3d(backendName: 'wasm' | 'cpu'): void {
  setKernel('MaxPool3D', backendName, () => maxPool3d);
  replaceMaxPool3dGradient(backendName);
}

/**
 * The first of the largest values of each window gets the whole gradient, as with images and in JAX. TensorFlow's kernel gives it to each
 * of them where it runs op by op. To be called once a backend.
 */
export function replaceMaxPool3dGradient(backendName: string): void {
  setKernel('MaxPool3DGrad', backendName, () => maxPool3dGradient);
}

function maxPool3d({inputs, attrs}: Call): TF.TensorInfo {
  const {planes, depth} = poolsOf(attrs as unknown as PoolAttributes);
  return tf.tidy(() => {
    const x = inputs.x as Tensor;
    const ofPlanes = planes.pool(asPlanes(x));
    const pooled = depth.pool(asColumns(ofPlanes, x));
    return tf.reshape(pooled, [x.shape[0]!, pooled.shape[1]!, ...ofPlanes.shape.slice(1)]);
  });
}

function maxPool3dGradient({inputs, attrs}: Call): TF.TensorInfo {
  const {planes, depth} = poolsOf(attrs as unknown as PoolAttributes);
  return tf.tidy(() => {
    const [input, output, dy] = [inputs.input, inputs.output, inputs.dy] as [Tensor, Tensor, Tensor];
    const ofPlanes = planes.pool(asPlanes(input));
    const columns = asColumns(ofPlanes, input);
    const [pooled, upstream] = [output, dy].map((tensor) => asColumns(tensor, output)) as [Tensor, Tensor];
    const ofColumns = tf.reshape(depth.gradient(upstream, columns, pooled), ofPlanes.shape);
    return tf.reshape(planes.gradient(ofColumns, asPlanes(input), ofPlanes), input.shape);
  });
}

/** [batch * depth, height, width, channels] */
function asPlanes(x: Tensor): Tensor {
  const [batch, depth, ...image] = x.shape as [number, number, ...number[]];
  return tf.reshape(x, [batch * depth, ...image]);
}

/** [batch, depth, height * width, channels] of planes of the volumes `x`. */
function asColumns(planes: Tensor, x: Tensor): Tensor {
  const [height, width, channels] = planes.shape.slice(-3) as [number, number, number];
  return tf.reshape(planes, [x.shape[0]!, x.shape[1]!, height * width, channels]);
}

/** A pool of images. */
interface Pool {
  pool(x: Tensor): Tensor;
  gradient(dy: Tensor, input: Tensor, output: Tensor): Tensor;
}

function poolsOf({filterSize, strides, pad, dimRoundingMode}: PoolAttributes): {planes: Pool; depth: Pool} {
  const of = (sizes: Sizes): readonly number[] => (typeof sizes === 'number' ? [sizes, sizes, sizes] : sizes);
  const [window, steps] = [of(filterSize), of(strides)];
  const poolOf = (sides: PoolSides): Pool => poolOfImages({...sides, dimRoundingMode});
  const noPadding = [0, 0];
  const along = typeof pad === 'number' ? [[0, 0], [pad, pad], noPadding, noPadding] : pad;
  return {
    planes: poolOf({filterSize: window.slice(1), strides: steps.slice(1), pad}),
    depth: poolOf({filterSize: [window[0]!, 1], strides: [steps[0]!, 1], pad: along}),
  };
}

interface PoolSides {
  readonly filterSize: readonly number[];
  readonly strides: readonly number[];
  readonly pad: unknown;
}

function poolOfImages(attributes: PoolSides & {readonly dimRoundingMode: string | undefined}): Pool {
  const run = (kernelName: string, inputs: {readonly [name: string]: Tensor}): Tensor =>
    tf.engine().runKernel(kernelName, inputs as never, attributes as never) as Tensor;
  return {
    pool: (x) => run('MaxPool', {x}),
    gradient: (dy, input, output) => run('MaxPoolGrad', {dy, input, output}),
  };
}
