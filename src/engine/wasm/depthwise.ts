import type * as TF from '@tensorflow/tfjs-core';
import {tf} from '../tf.js';
import {heapView, replaceKernel} from './registry.js';
import type {KernelCall, TensorInfo} from './types.js';

type Geometry = TF.backend_util.Conv2DInfo;

/** tfjs-backend-wasm 4.22 has no gradients of depthwise convolutions. */
export function addDepthwiseGradients(): void {
  replaceKernel('DepthwiseConv2dNativeBackpropFilter', () => filterGradient);
  replaceKernel('DepthwiseConv2dNativeBackpropInput', () => inputGradient);
}

function geometryOf(inputShape: number[], filterShape: number[], attrs: KernelCall['attrs']): Geometry {
  const {strides, pad, dimRoundingMode} = attrs;
  const [input, filter] = [inputShape as never, filterShape as never];
  return tf.backend_util.computeConv2DInfo(input, filter, strides, 1, pad, dimRoundingMode, true);
}

function filterGradient({inputs, attrs, backend}: KernelCall): TensorInfo {
  const {x, dy} = inputs as {x: TensorInfo; dy: TensorInfo};
  const geometry = geometryOf(x.shape, attrs.filterShape, attrs);
  const gradient = backend.makeOutput(attrs.filterShape, 'float32');
  const [xs, dys, to] = [heapView(backend, x), heapView(backend, dy), heapView(backend, gradient)];
  const {inChannels, outChannels} = geometry;
  const multiplier = outChannels / inChannels;
  // Every value is a sum over the whole batch: added up in float64.
  const sums = new Float64Array(to.length);
  forEachTap(geometry, (input, output, filter) => {
    for (let channel = 0; channel < outChannels; channel++) {
      sums[filter + channel]! += xs[input + Math.floor(channel / multiplier)]! * dys[output + channel]!;
    }
  });
  to.set(sums);
  return gradient;
}

function inputGradient({inputs, attrs, backend}: KernelCall): TensorInfo {
  const {dy, filter} = inputs as {dy: TensorInfo; filter: TensorInfo};
  const geometry = geometryOf(attrs.inputShape, filter.shape, attrs);
  const gradient = backend.makeOutput(attrs.inputShape, 'float32');
  const [dys, weights, to] = [heapView(backend, dy), heapView(backend, filter), heapView(backend, gradient)];
  const {inChannels, outChannels} = geometry;
  const multiplier = outChannels / inChannels;
  to.fill(0);
  forEachTap(geometry, (input, output, tap) => {
    for (let channel = 0; channel < outChannels; channel++) {
      to[input + Math.floor(channel / multiplier)]! += dys[output + channel]! * weights[tap + channel]!;
    }
  });
  return gradient;
}

/** Visits each pair of an output pixel and an input pixel under its window: where their channels and the tap's weights begin. */
function forEachTap(geometry: Geometry, visit: (input: number, output: number, filter: number) => void): void {
  const {batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels} = geometry;
  const {filterHeight, filterWidth, strideHeight, strideWidth, padInfo} = geometry;
  let output = 0;
  for (let example = 0; example < batchSize; example++) {
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++, output += outChannels) {
        for (let tapY = 0; tapY < filterHeight; tapY++) {
          const y = outY * strideHeight - padInfo.top + tapY;
          if (y < 0 || y >= inHeight) continue;
          for (let tapX = 0; tapX < filterWidth; tapX++) {
            const x = outX * strideWidth - padInfo.left + tapX;
            if (x < 0 || x >= inWidth) continue;
            const input = ((example * inHeight + y) * inWidth + x) * inChannels;
            visit(input, output, (tapY * filterWidth + tapX) * outChannels);
          }
        }
      }
    }
  }
}
