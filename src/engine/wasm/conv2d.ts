import type * as TF from '@tensorflow/tfjs-core';
import {tf} from '../tf.js';
import {heapView, kernel, replaceKernel} from './registry.js';
import type {KernelCall, TensorInfo} from './types.js';

type Geometry = TF.backend_util.Conv2DInfo;

interface Size {
  readonly height: number;
  readonly width: number;
}

/**
 * tfjs-backend-wasm 4.22 has no gradient of a convolution with respect to its filter, and takes eleven times the forward
 * pass for the one with respect to its input. Both are convolutions themselves, and made here by the forward kernel.
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

/**
 * The convolution of the padded input with `dy` as its filter, dilated by the strides: channels stand in the place of
 * examples, and examples in place of channels.
 */
function filterGradient({inputs, attrs, backend}: KernelCall): TensorInfo {
  const {x, dy} = inputs as {x: TensorInfo; dy: TensorInfo};
  const geometry = geometryOf(x.shape, attrs.filterShape, attrs);
  const {batchSize, outHeight, outWidth, outChannels, filterHeight, filterWidth, inChannels} = geometry;
  const {strideHeight, strideWidth} = geometry;
  // As much of the input as the windows see, so that the result has the filter's size.
  const height = (outHeight - 1) * strideHeight + filterHeight;
  const width = (outWidth - 1) * strideWidth + filterWidth;
  const swapped = backend.makeOutput([inChannels, height, width, batchSize], 'float32');
  const filter = backend.makeOutput([outHeight, outWidth, batchSize, outChannels], 'float32');
  const product = backend.makeOutput([filterHeight, filterWidth, inChannels, outChannels], 'float32');
  writeSwapped(heapView(backend, x), heapView(backend, swapped), geometry, {height, width});
  swapOuter(heapView(backend, dy), heapView(backend, filter), [batchSize, outHeight * outWidth, outChannels]);
  const dilated = {strides: 1, pad: 'valid', dataFormat: 'NHWC', dilations: [strideHeight, strideWidth]};
  const gradient = kernel('Conv2D')({inputs: {x: swapped, filter}, attrs: dilated, backend});
  const shape = [inChannels, filterHeight * filterWidth, outChannels] as const;
  swapOuter(heapView(backend, gradient), heapView(backend, product), shape);
  for (const {dataId} of [swapped, filter, gradient]) backend.disposeData(dataId);
  return product;
}

/** From [batch, y, x, channels] to [channels, y, x, batch], with the padding's zeros around. */
function writeSwapped(from: Float32Array, to: Float32Array, geometry: Geometry, {height, width}: Size): void {
  const {batchSize, inHeight, inWidth, inChannels, padInfo} = geometry;
  to.fill(0);
  for (let y = Math.max(0, -padInfo.top); y < Math.min(inHeight, height - padInfo.top); y++) {
    for (let x = Math.max(0, -padInfo.left); x < Math.min(inWidth, width - padInfo.left); x++) {
      const pixel = (y * inWidth + x) * inChannels;
      const place = ((y + padInfo.top) * width + x + padInfo.left) * batchSize;
      for (let channel = 0; channel < inChannels; channel++) {
        const target = channel * height * width * batchSize + place;
        let source = pixel + channel;
        for (let example = 0; example < batchSize; example++, source += inHeight * inWidth * inChannels) {
          to[target + example] = from[source]!;
        }
      }
    }
  }
}

/** From [a, b, inner] to [b, a, inner]. */
function swapOuter(from: Float32Array, to: Float32Array, [a, b, inner]: readonly [number, number, number]): void {
  let target = 0;
  for (let j = 0; j < b; j++) {
    for (let i = 0; i < a; i++) {
      const source = (i * b + j) * inner;
      for (let k = 0; k < inner; k++) to[target++] = from[source + k]!;
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
function writeSpread(from: Float32Array, to: Float32Array, geometry: Geometry, {height, width}: Size): void {
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
