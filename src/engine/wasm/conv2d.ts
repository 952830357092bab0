import type * as TF from '@tensorflow/tfjs-core';
import {tf} from '../tf.js';
import {heapView, kernel, replaceKernel, reshaped} from './registry.js';
import type {KernelCall, TensorInfo, WasmBackend} from './types.js';

type Geometry = TF.backend_util.Conv2DInfo;

/** Floats of the patch matrix that are made at once: 64 MB, beyond which examples are taken in several parts. */
const PATCH_LIMIT = 1 << 24;

/**
 * tfjs-backend-wasm 4.22 has no gradient of a convolution with respect to its filter, and takes eleven times the forward
 * pass for the one with respect to its input. Both are made here of the kernels that are fast: a matrix product over the
 * windows' patches, and a convolution with the flipped filter.
 */
export function replaceConv2dGradients(): void {
  replaceKernel('Conv2DBackpropFilter', () => filterGradient);
  replaceKernel('Conv2DBackpropInput', () => inputGradient);
}

function geometryOf(inputShape: number[], filterShape: number[], attrs: KernelCall['attrs']): Geometry {
  const {strides, pad, dimRoundingMode, dataFormat} = attrs;
  if (dataFormat !== 'NHWC') throw new Error(`gradients of conv2d on wasm need dataFormat NHWC, got ${dataFormat}`);
  return tf.backend_util.computeConv2DInfo(inputShape as never, filterShape as never, strides, 1, pad, dimRoundingMode);
}

/** `patches' dy`, where a row of `patches` is what one window of the filter sees. */
function filterGradient({inputs, attrs, backend}: KernelCall): TensorInfo {
  const {x, dy} = inputs as {x: TensorInfo; dy: TensorInfo};
  const geometry = geometryOf(x.shape, attrs.filterShape, attrs);
  const {batchSize, outHeight, outWidth, outChannels, filterHeight, filterWidth, inChannels} = geometry;
  const perExample = outHeight * outWidth * filterHeight * filterWidth * inChannels;
  const count = Math.max(1, Math.min(batchSize, Math.floor(PATCH_LIMIT / perExample)));
  const gradient = partOfFilterGradient(backend, x, dy, geometry, {first: 0, count});
  for (let first = count; first < batchSize; first += count) {
    const examples = {first, count: Math.min(count, batchSize - first)};
    const part = partOfFilterGradient(backend, x, dy, geometry, examples);
    const [to, from] = [heapView(backend, gradient), heapView(backend, part)];
    for (let i = 0; i < to.length; i++) to[i]! += from[i]!;
    backend.disposeData(part.dataId);
  }
  return reshaped(gradient, [filterHeight, filterWidth, inChannels, outChannels]);
}

interface Examples {
  readonly first: number;
  readonly count: number;
}

function partOfFilterGradient(
  backend: WasmBackend,
  x: TensorInfo,
  dy: TensorInfo,
  geometry: Geometry,
  examples: Examples,
): TensorInfo {
  const {outHeight, outWidth, outChannels, filterHeight, filterWidth, inChannels} = geometry;
  const rows = examples.count * outHeight * outWidth;
  const patches = backend.makeOutput([rows, filterHeight * filterWidth * inChannels], 'float32');
  const isAll = examples.count === geometry.batchSize;
  const slice = isAll ? reshaped(dy, [rows, outChannels]) : backend.makeOutput([rows, outChannels], 'float32');
  if (!isAll) {
    const start = examples.first * outHeight * outWidth * outChannels;
    heapView(backend, slice).set(heapView(backend, dy).subarray(start, start + rows * outChannels));
  }
  writePatches(heapView(backend, x), heapView(backend, patches), geometry, examples);
  const attrs = {transposeA: true, transposeB: false};
  const gradient = kernel('BatchMatMul')({inputs: {a: patches, b: slice}, attrs, backend});
  backend.disposeData(patches.dataId);
  if (!isAll) backend.disposeData(slice.dataId);
  return gradient;
}

/** Row [example, y, x] of `to`: the inputs [filterHeight, filterWidth, inChannels] under that window, 0 in the padding. */
function writePatches(from: Float32Array, to: Float32Array, geometry: Geometry, {first, count}: Examples): void {
  const {inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth, padInfo} = geometry;
  const {strideHeight, strideWidth} = geometry;
  const rowSize = filterHeight * filterWidth * inChannels;
  if (padInfo.top + padInfo.bottom + padInfo.left + padInfo.right > 0) to.fill(0);
  let row = 0;
  for (let example = first; example < first + count; example++) {
    for (let outY = 0; outY < outHeight; outY++) {
      const top = outY * strideHeight - padInfo.top;
      for (let outX = 0; outX < outWidth; outX++, row += rowSize) {
        const left = outX * strideWidth - padInfo.left;
        const begin = Math.max(0, -left);
        const length = (Math.min(filterWidth, inWidth - left) - begin) * inChannels;
        const lastTap = Math.min(filterHeight, inHeight - top);
        for (let tap = Math.max(0, -top); tap < lastTap; tap++) {
          const source = ((example * inHeight + top + tap) * inWidth + left + begin) * inChannels;
          const target = row + (tap * filterWidth + begin) * inChannels;
          for (let i = 0; i < length; i++) to[target + i] = from[source + i]!;
        }
      }
    }
  }
}

/**
 * The convolution of `dy`, its values set apart by the strides amid zeros, with the filter flipped in both directions and
 * its channels swapped.
 */
function inputGradient({inputs, attrs, backend}: KernelCall): TensorInfo {
  const {dy, filter} = inputs as {dy: TensorInfo; filter: TensorInfo};
  const geometry = geometryOf(attrs.inputShape, filter.shape, attrs);
  const {batchSize, inHeight, inWidth, inChannels, outChannels, filterHeight, filterWidth} = geometry;
  const [height, width] = [inHeight + filterHeight - 1, inWidth + filterWidth - 1];
  const spread = backend.makeOutput([batchSize, height, width, outChannels], 'float32');
  const flipped = backend.makeOutput([filterHeight, filterWidth, outChannels, inChannels], 'float32');
  writeSpread(heapView(backend, dy), heapView(backend, spread), geometry, {height, width});
  writeFlipped(heapView(backend, filter), heapView(backend, flipped), geometry);
  const plain = {strides: 1, pad: 'valid', dataFormat: 'NHWC', dilations: 1};
  const gradient = kernel('Conv2D')({inputs: {x: spread, filter: flipped}, attrs: plain, backend});
  backend.disposeData(spread.dataId);
  backend.disposeData(flipped.dataId);
  return gradient;
}

/** Output pixels whose window lies in the padding alone have no place in `to`: no input depends on them. */
function writeSpread(
  from: Float32Array,
  to: Float32Array,
  geometry: Geometry,
  {height, width}: {height: number; width: number},
): void {
  const {batchSize, outHeight, outWidth, outChannels, strideHeight, strideWidth, padInfo} = geometry;
  const [top, left] = [geometry.filterHeight - 1 - padInfo.top, geometry.filterWidth - 1 - padInfo.left];
  to.fill(0);
  let source = 0;
  for (let example = 0; example < batchSize; example++) {
    for (let outY = 0; outY < outHeight; outY++) {
      const y = outY * strideHeight + top;
      for (let outX = 0; outX < outWidth; outX++, source += outChannels) {
        const x = outX * strideWidth + left;
        if (y < 0 || y >= height || x < 0 || x >= width) continue;
        const target = ((example * height + y) * width + x) * outChannels;
        for (let i = 0; i < outChannels; i++) to[target + i] = from[source + i]!;
      }
    }
  }
}

/** From [height, width, in, out] to [height, width, out, in], both directions reversed. */
function writeFlipped(from: Float32Array, to: Float32Array, geometry: Geometry): void {
  const {inChannels, outChannels, filterHeight, filterWidth} = geometry;
  const taps = filterHeight * filterWidth;
  for (let tap = 0; tap < taps; tap++) {
    const target = (taps - 1 - tap) * inChannels * outChannels;
    let source = tap * inChannels * outChannels;
    for (let input = 0; input < inChannels; input++) {
      for (let output = 0; output < outChannels; output++) to[target + output * inChannels + input] = from[source++]!;
    }
  }
}
