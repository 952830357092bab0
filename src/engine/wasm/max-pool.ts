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
  const {dy, input, output} = inputs as {dy: TensorInfo; input: TensorInfo; output: TensorInfo};
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
  const [x, y] = [heapView(backend, input), heapView(backend, output)];
  writeGradient({x, y, dy: heapView(backend, dy), dx: heapView(backend, dx)}, geometry);
  return dx;
}

interface Values {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly dy: Float32Array;
  /** Written. */
  readonly dx: Float32Array;
}

function writeGradient({x, y, dy, dx}: Values, geometry: TF.backend_util.Conv2DInfo): void {
  const {batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth} = geometry;
  const {strideHeight, strideWidth, padInfo} = geometry;
  const offsets = new Int32Array(filterHeight * filterWidth);
  dx.fill(0);
  let output = 0;
  for (let example = 0; example < batchSize; example++) {
    for (let outY = 0; outY < outHeight; outY++) {
      const [firstY, endY] = clipped(outY * strideHeight - padInfo.top, filterHeight, inHeight);
      for (let outX = 0; outX < outWidth; outX++) {
        const [firstX, endX] = clipped(outX * strideWidth - padInfo.left, filterWidth, inWidth);
        let taps = 0;
        for (let inY = firstY; inY < endY; inY++) {
          for (let inX = firstX; inX < endX; inX++)
            offsets[taps++] = ((example * inHeight + inY) * inWidth + inX) * inChannels;
        }
        for (let channel = 0; channel < inChannels; channel++, output++) {
          const [largest, gradient] = [y[output]!, dy[output]!];
          // 1 until the largest value is met, then 0: arithmetic instead of a branch, which no processor could foresee.
          let left = 1;
          for (let tap = 0; tap < taps; tap++) {
            const input = offsets[tap]! + channel;
            const isTaken = +(x[input] === largest) & left;
            dx[input]! += gradient * isTaken;
            left -= isTaken;
          }
        }
      }
    }
  }
}

/** The part of a window that lies within the input, from the first position to the one after the last. */
function clipped(start: number, length: number, size: number): [number, number] {
  return [Math.max(0, start), Math.min(size, start + length)];
}
