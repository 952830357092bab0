import {sizeOf} from '../../contract/index.js';
import {heapView, replaceKernel} from './registry.js';
import type {KernelCall, TensorInfo} from './types.js';

/**
 * tfjs-backend-wasm 4.22 transposes a tensor before it sums over its leading dimensions, as the gradient of every bias
 * does: six times the work. Here such columns are added up where they lie, in float64.
 */
export function replaceSum(): void {
  replaceKernel('Sum', (shipped) => (call) => (isColumnSum(call) ? columnSum(call) : shipped!(call)));
}

/** Whether the first dimensions are summed and at least one stays. */
function isColumnSum({inputs, attrs}: KernelCall): boolean {
  const {x} = inputs as {x: TensorInfo};
  const axes = axesOf(x, attrs.axis);
  return (
    x.dtype === 'float32' && axes.length > 0 && axes.length < x.shape.length && axes.every((axis, i) => axis === i)
  );
}

function axesOf(x: TensorInfo, axis: number | number[]): number[] {
  const rank = x.shape.length;
  return [axis]
    .flat()
    .map((one) => (one < 0 ? one + rank : one))
    .sort((a, b) => a - b);
}

function columnSum({inputs, attrs, backend}: KernelCall): TensorInfo {
  const {x} = inputs as {x: TensorInfo};
  const summed = axesOf(x, attrs.axis).length;
  const kept = x.shape.slice(summed);
  const shape = attrs.keepDims ? [...x.shape.slice(0, summed).map(() => 1), ...kept] : kept;
  const result = backend.makeOutput(shape, 'float32');
  const values = heapView(backend, x);
  const columns = sizeOf(kept);
  const sums = new Float64Array(columns);
  addColumns(values, sums);
  heapView(backend, result).set(sums);
  return result;
}

/** Adds the rows of `values` [rows, sums.length] to `sums`, by fours: a sum is then loaded and stored once for all four. */
function addColumns(values: Float32Array, sums: Float64Array): void {
  const columns = sums.length;
  const even = values.length - (values.length % (4 * columns));
  for (let a = 0; a < even; a += 4 * columns) {
    const [b, c, d] = [a + columns, a + 2 * columns, a + 3 * columns];
    for (let i = 0; i < columns; i++) sums[i]! += values[a + i]! + values[b + i]! + (values[c + i]! + values[d + i]!);
  }
  for (let row = even; row < values.length; row += columns) {
    for (let i = 0; i < columns; i++) sums[i]! += values[row + i]!;
  }
}
