import {LAYER_NORM, LAYER_NORM_GRADIENT} from '../layer-norm.js';
import {heapView, replaceKernel} from './registry.js';
import type {KernelCall, KernelFunc, TensorInfo} from './types.js';

/** Layer normalisation in one pass over each row, and one over its gradient; sums are taken in float64. */
export function addLayerNorm(): void {
  replaceKernel(LAYER_NORM, () => layerNorm as unknown as KernelFunc);
  replaceKernel(LAYER_NORM_GRADIENT, () => gradient as unknown as KernelFunc);
}

function layerNorm({inputs, attrs, backend}: KernelCall): TensorInfo[] {
  const {x, scale, bias} = inputs as {[name: string]: TensorInfo};
  const [rows, width] = x!.shape as [number, number];
  const outputs = [[rows, width], [rows], [rows]].map((shape) => backend.makeOutput(shape, 'float32'));
  const [from, scales, biases, y, means, roots] = [x!, scale!, bias!, ...outputs].map((info) =>
    heapView(backend, info),
  );
  for (let row = 0, begin = 0; row < rows; row++, begin += width) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < width; i++) sum += from![begin + i]!;
    const mean = sum / width;
    for (let i = 0; i < width; i++) squares += (from![begin + i]! - mean) ** 2;
    const root = 1 / Math.sqrt(squares / width + attrs.epsilon);
    for (let i = 0; i < width; i++) y![begin + i] = (from![begin + i]! - mean) * root * scales![i]! + biases![i]!;
    means![row] = mean;
    roots![row] = root;
  }
  return outputs;
}

/** As `composedLayerNormGradient`. */
function gradient({inputs, backend}: KernelCall): TensorInfo[] {
  const {dy, x, scale, mean, root} = inputs as {[name: string]: TensorInfo};
  const [rows, width] = x!.shape as [number, number];
  const outputs = [[rows, width], [width], [width]].map((shape) => backend.makeOutput(shape, 'float32'));
  const views = [dy!, x!, scale!, mean!, root!, ...outputs].map((info) => heapView(backend, info));
  const [upstream, from, scales, means, roots, dx, dScale, dBias] = views as [Float32Array, ...Float32Array[]];
  const sums = {scale: new Float64Array(width), bias: new Float64Array(width)};
  for (let row = 0, begin = 0; row < rows; row++, begin += width) {
    const [rowMean, rowRoot] = [means![row]!, roots![row]!];
    let [total, along] = [0, 0];
    for (let i = 0; i < width; i++) {
      const given = upstream[begin + i]!;
      const unit = (from![begin + i]! - rowMean) * rowRoot;
      sums.scale[i]! += given * unit;
      sums.bias[i]! += given;
      total += given * scales![i]!;
      along += given * scales![i]! * unit;
    }
    for (let i = 0; i < width; i++) {
      const unit = (from![begin + i]! - rowMean) * rowRoot;
      dx![begin + i] = rowRoot * (upstream[begin + i]! * scales![i]! - total / width - (unit * along) / width);
    }
  }
  dScale!.set(sums.scale);
  dBias!.set(sums.bias);
  return outputs;
}
