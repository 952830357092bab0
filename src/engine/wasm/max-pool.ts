import type * as TF from '@tensorflow/tfjs-core';
import {tf} from '../tf.js';
import {heapView, replaceKernel} from './registry.js';
import type {KernelCall, TensorInfo} from './types.js';

/**
 * In tfjs-backend-wasm 4.22 the gradient of max-pooling starts its search for the largest value at the smallest positive
 * float: a window without positive values passes nothing on. Here the first of the largest values gets the whole gradient,
 * as in TensorFlow and JAX.
 */
export function replaceMaxPoolGradient(): void {
  replaceKernel('MaxPoolGrad', () => maxPoolGradient);
}

function maxPoolGradient({inputs, attrs, backend}: KernelCall): TensorInfo {
  const {dy, input} = inputs as {dy: TensorInfo; input: TensorInfo};
  const {filterSize, strides, pad, dimRoundingMode} = attrs;
  const geometry = tf.backend_util.computePool2DInfo(
    input.shape as never,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const dx = backend.makeOutput(input.shape, 'float32');
  writeGradient(heapView(backend, input), heapView(backend, dy), heapView(backend, dx), geometry);
  return dx;
}

function writeGradient(
  x: Float32Array,
  dy: Float32Array,
  dx: Float32Array,
  geometry: TF.backend_util.Conv2DInfo,
): void {
  const {batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth} = geometry;
  const {strideHeight, strideWidth, padInfo} = geometry;
  dx.fill(0);
  let at = 0;
  for (let example = 0; example < batchSize; example++) {
    for (let outY = 0; outY < outHeight; outY++) {
      const [top, bottom] = clipped(outY * strideHeight - padInfo.top, filterHeight, inHeight);
      for (let outX = 0; outX < outWidth; outX++) {
        const [left, right] = clipped(outX * strideWidth - padInfo.left, filterWidth, inWidth);
        for (let channel = 0; channel < inChannels; channel++, at++) {
          const corner = ((example * inHeight + top) * inWidth + left) * inChannels + channel;
          let largest = corner;
          for (let y = top, row = corner; y < bottom; y++, row += inWidth * inChannels) {
            for (let column = left, i = row; column < right; column++, i += inChannels) {
              if (x[i]! > x[largest]!) largest = i;
            }
          }
          dx[largest]! += dy[at]!;
        }
      }
    }
  }
}

/** The part of a window that lies within the input, from the first position to the one after the last. */
function clipped(start: number, length: number, size: number): [number, number] {
  return [Math.max(0, start), Math.min(size, start + length)];
}
