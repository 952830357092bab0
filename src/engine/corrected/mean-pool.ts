import type {Tensor} from '../../contract/index.js';
import {paddingBySides} from '../padding.js';
import {tf} from '../tf.js';
import {correctGradient, type Gradient} from './registry.js';

interface PoolAttributes<Sizes> {
  readonly filterSize: number | Sizes;
  readonly strides: number | Sizes;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** How windows slide along one dimension. */
interface Sliding {
  readonly windows: number;
  readonly stride: number;
  /** Padding before the first value. */
  readonly before: number;
  readonly length: number;
  readonly size: number;
}

/**
 * Corrects the gradients of mean-pooling. Forward, a window that padding cuts is divided by the number of values that are left of it; in
 * tfjs 4.22 the gradient on wasm and cpu divides by the whole window's size there too, and TensorFlow's counts wrongly where windows are
 * longer than the input.
 */
export function correctMeanPoolGradients(): void {
  correctGradient('AvgPool', (shipped) => scaled(shipped, alongImage));
  correctGradient('AvgPool3D', (shipped) => scaled(shipped, alongVolume));
}

/** @param slidings - along each dimension between batch and channels */
function scaled(
  shipped: Gradient,
  slidings: (shape: readonly number[], attributes: PoolAttributes<never>) => Sliding[],
): Gradient {
  return (dy, saved, attributes) => {
    const along = slidings(saved[0]!.shape, attributes);
    const shares = along.map(sharesOf);
    if (tf.getBackend() === 'tensorflow') {
      if (along.every(({length, size}) => length <= size)) return shipped(dy, saved, attributes);
      const {padded, begin} = inPadding(along, saved[0]!);
      const {x} = shipped(tf.mul(dy, productOf(shares)), [padded], {...attributes, pad: 'valid'});
      return {x: () => tf.slice(x!(), begin, saved[0]!.shape)};
    }
    const isWhole = shares.flat().every((share) => share === 1);
    return shipped(isWhole ? dy : tf.mul(dy, productOf(shares)), saved, attributes);
  };
}

function alongImage(shape: readonly number[], attributes: PoolAttributes<[number, number]>): Sliding[] {
  const {filterSize, strides, pad, dimRoundingMode} = attributes;
  const sides = typeof pad === 'number' ? paddingBySides(pad) : pad;
  const {padInfo, ...geometry} = tf.backend_util.computePool2DInfo(
    shape as never,
    filterSize,
    strides,
    1,
    sides as never,
    dimRoundingMode,
  );
  const {outHeight, strideHeight, filterHeight, inHeight, outWidth, strideWidth, filterWidth, inWidth} = geometry;
  return [
    {windows: outHeight, stride: strideHeight, before: padInfo.top, length: filterHeight, size: inHeight},
    {windows: outWidth, stride: strideWidth, before: padInfo.left, length: filterWidth, size: inWidth},
  ];
}

function alongVolume(shape: readonly number[], attributes: PoolAttributes<[number, number, number]>): Sliding[] {
  const {filterSize, strides, pad, dimRoundingMode} = attributes;
  const geometry = tf.backend_util.computePool3DInfo(shape as never, filterSize, strides, 1, pad, dimRoundingMode);
  const {padInfo, outDepth, strideDepth, filterDepth, inDepth, outHeight, strideHeight, filterHeight, inHeight} =
    geometry;
  const {outWidth, strideWidth, filterWidth, inWidth} = geometry;
  return [
    {windows: outDepth, stride: strideDepth, before: padInfo.front, length: filterDepth, size: inDepth},
    {windows: outHeight, stride: strideHeight, before: padInfo.top, length: filterHeight, size: inHeight},
    {windows: outWidth, stride: strideWidth, before: padInfo.left, length: filterWidth, size: inWidth},
  ];
}

/** For each window: its length over the number of positions that lie within the input. */
function sharesOf({windows, stride, before, length, size}: Sliding): number[] {
  return Array.from({length: windows}, (_, window) => {
    const start = window * stride - before;
    return length / (Math.min(size, start + length) - Math.max(0, start));
  });
}

/** A tensor that windows slide over without padding as they do over `x` with it, and where `x` begins in it. */
function inPadding(along: readonly Sliding[], x: Tensor): {padded: Tensor; begin: number[]} {
  const sizes = along.map(({windows, stride, before, length, size}) =>
    Math.max(before + size, (windows - 1) * stride + length),
  );
  return {
    padded: tf.zeros([x.shape[0]!, ...sizes, x.shape.at(-1)!]),
    begin: [0, ...along.map(({before}) => before), 0],
  };
}

/** [1, ...windows, 1] */
function productOf(shares: readonly number[][]): Tensor {
  const values = shares.reduce(
    (products, along) => products.flatMap((product) => along.map((share) => product * share)),
    [1],
  );
  return tf.tensor(values, [1, ...shares.map(({length}) => length), 1]);
}
