import type {Tensor} from '../../contract/index.js';
import {paddingBySides} from '../padding.js';
import {tf} from '../tf.js';
import {correctGradient} from './registry.js';

interface PoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * Corrects the gradient of mean-pooling on the backends wasm and cpu. Forward, a window that padding cuts is divided by the
 * number of values that are left of it; in tfjs 4.22 the gradient divides by the whole window's size there too.
 */
export function correctMeanPoolGradient(): void {
  correctGradient('AvgPool', (shipped) => (dy, saved, attributes: PoolAttributes) => {
    // TensorFlow's own kernel is right.
    if (tf.getBackend() === 'tensorflow') return shipped(dy, saved, attributes);
    const scale = scaleOf(saved[0]!.shape, attributes);
    return shipped(scale ? tf.mul(dy, scale) : dy, saved, attributes);
  });
}

/** Window size over values within the input, [1, outHeight, outWidth, 1]; undefined where nothing is padded. */
function scaleOf(shape: readonly number[], attributes: PoolAttributes): Tensor | undefined {
  const {filterSize, strides, pad, dimRoundingMode} = attributes;
  const sides = typeof pad === 'number' ? paddingBySides(pad) : pad;
  const geometry = tf.backend_util.computePool2DInfo(
    shape as never,
    filterSize,
    strides,
    1,
    sides as never,
    dimRoundingMode,
  );
  const {padInfo, outHeight, outWidth} = geometry;
  if (padInfo.top + padInfo.bottom + padInfo.left + padInfo.right === 0) return undefined;
  const rows = sharesOf(outHeight, geometry.strideHeight, padInfo.top, geometry.filterHeight, geometry.inHeight);
  const columns = sharesOf(outWidth, geometry.strideWidth, padInfo.left, geometry.filterWidth, geometry.inWidth);
  const values = rows.flatMap((row) => columns.map((column) => row * column));
  return tf.tensor(values, [1, outHeight, outWidth, 1]);
}

/** For each window along one dimension: its length over the number of positions that lie within the input. */
function sharesOf(windows: number, stride: number, before: number, length: number, size: number): number[] {
  return Array.from({length: windows}, (_, window) => {
    const start = window * stride - before;
    return length / (Math.min(size, start + length) - Math.max(0, start));
  });
}
