import {sizeOf} from '../../contract/index.js';
import {tf} from '../tf.js';
import {heapView, replaceKernel, reshaped} from './registry.js';
import type {KernelFunc, TensorInfo, WasmBackend} from './types.js';

const BLOCK = 16;

/** Multiplications in one product of a batch, from which on the cost of a call of its own is won back. */
const LARGE_SLICE = 16_384;

/** Writes the transpose of `from` [rows, columns] to `to` [columns, rows], block by block so that both stay in the cache. */
export function transposeInto(from: Float32Array, to: Float32Array, rows: number, columns: number): void {
  for (let row0 = 0; row0 < rows; row0 += BLOCK) {
    const rowEnd = Math.min(rows, row0 + BLOCK);
    for (let column0 = 0; column0 < columns; column0 += BLOCK) {
      const columnEnd = Math.min(columns, column0 + BLOCK);
      for (let column = column0; column < columnEnd; column++) {
        let target = column * rows + row0;
        let source = row0 * columns + column;
        for (let row = row0; row < rowEnd; row++, source += columns) to[target++] = from[source]!;
      }
    }
  }
}

/** Swaps the last two dimensions of each of the matrices. */
function transposed(backend: WasmBackend, info: TensorInfo): TensorInfo {
  const [rows, columns] = info.shape.slice(-2) as [number, number];
  const output = backend.makeOutput([...info.shape.slice(0, -2), columns, rows], 'float32');
  const [from, to] = [heapView(backend, info), heapView(backend, output)];
  const size = rows * columns;
  for (let at = 0; at < from.length; at += size) {
    transposeInto(from.subarray(at, at + size), to.subarray(at, at + size), rows, columns);
  }
  return output;
}

/**
 * tfjs-backend-wasm 4.22 multiplies matrices with a transpose flag by a naive loop (784x1024 by 1024x128: 90 ms, where the
 * product without flags takes 13 ms). Here what is flagged is transposed first; of `aT b` the cheaper of that and
 * `(bT a)T` is computed, since in a gradient `a` is the large one. Batches of products go through the same naive loop: large
 * ones are multiplied one by one. So are those in which both factors are repeated, or one along a part of its batch
 * dimensions, as [2, 1, m, k] by [2, 3, k, n]: there the shipped kernel is wrong and reads past its memory. So it does where a
 * right factor has been one before, in another shape.
 */
export function replaceMatMul(): void {
  replaceKernel('BatchMatMul', (shipped) => {
    const multiply = shipped!;
    return ({inputs, attrs, backend}) => {
      const {transposeA, transposeB} = attrs;
      const {a, b} = inputs as {a: TensorInfo; b: TensorInfo};
      if (transposeA && !transposeB && isSingle(a) && isSingle(b)) return productOfTransposed(multiply, backend, a, b);
      const left = transposeA ? transposed(backend, a) : a;
      const right = transposeB ? transposed(backend, b) : b;
      const product = plainProduct(multiply, backend, left, right);
      if (transposeA) backend.disposeData(left.dataId);
      if (transposeB) backend.disposeData(right.dataId);
      return product;
    };
  });
}

function isSingle(info: TensorInfo): boolean {
  return sizeOf(info.shape.slice(0, -2)) === 1;
}

function plainProduct(multiply: KernelFunc, backend: WasmBackend, a: TensorInfo, b: TensorInfo): TensorInfo {
  const perSlice = a.shape.at(-2)! * a.shape.at(-1)! * b.shape.at(-1)!;
  const isLarge = perSlice >= LARGE_SLICE && !(isSingle(a) && isSingle(b));
  if (isLarge || areRepeatedInPart(a, b) || isPackedOtherwise(b)) return productBySlice(multiply, backend, a, b);
  return multiply({inputs: {a, b}, attrs: {transposeA: false, transposeB: false}, backend});
}

/** The form that the kernel has packed a right factor in, by its data. */
const packed = new WeakMap<object, string>();

/**
 * Whether the same values were the right factor of another product under another shape, as `reshape` gives them: the shipped kernel
 * would take the matrix that it packed then, and read past its memory.
 */
function isPackedOtherwise({dataId, shape}: TensorInfo): boolean {
  const form = `${shape.slice(-2)}`;
  const known = packed.get(dataId);
  if (known === undefined) packed.set(dataId, form);
  return known !== undefined && known !== form;
}

/** Whether the factors' batches differ, and not by one of them standing alone. */
function areRepeatedInPart(a: TensorInfo, b: TensorInfo): boolean {
  return !isSingle(a) && !isSingle(b) && `${a.shape.slice(0, -2)}` !== `${b.shape.slice(0, -2)}`;
}

/** The products one after the other. */
function productBySlice(multiply: KernelFunc, backend: WasmBackend, a: TensorInfo, b: TensorInfo): TensorInfo {
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const output = backend.makeOutput([...batch, a.shape.at(-2)!, b.shape.at(-1)!], 'float32');
  for (let slice = 0; slice < sizeOf(batch); slice++) {
    // New tensors each time: the kernel remembers a right factor it has packed.
    const [left, right] = [sliceOf(backend, a, batch, slice), sliceOf(backend, b, batch, slice)];
    const attrs = {transposeA: false, transposeB: false};
    const product = multiply({inputs: {a: left, b: right}, attrs, backend});
    const values = heapView(backend, product);
    heapView(backend, output).set(values, slice * values.length);
    for (const {dataId} of [left, right, product]) backend.disposeData(dataId);
  }
  return output;
}

/** A copy of the matrix that a factor has at place `slice` of the output's `batch`. */
function sliceOf(backend: WasmBackend, info: TensorInfo, batch: readonly number[], slice: number): TensorInfo {
  const [rows, columns] = info.shape.slice(-2) as [number, number];
  const copy = backend.makeOutput([1, rows, columns], 'float32');
  const start = placeOf(slice, batch, info.shape.slice(0, -2)) * rows * columns;
  heapView(backend, copy).set(heapView(backend, info).subarray(start, start + rows * columns));
  return copy;
}

/** Where the element at `place` of `shape` lies in an array of shape `own`, which is repeated along its dimensions of length 1. */
function placeOf(place: number, shape: readonly number[], own: readonly number[]): number {
  let [rest, stride, result] = [place, 1, 0];
  for (let axis = -1; axis >= -own.length; axis--) {
    const [size, length] = [shape.at(axis)!, own.at(axis)!];
    if (length > 1) result += (rest % size) * stride;
    rest = Math.floor(rest / size);
    stride *= length;
  }
  return result;
}

/** `aT b` of two matrices, whichever way moves less memory. */
function productOfTransposed(multiply: KernelFunc, backend: WasmBackend, a: TensorInfo, b: TensorInfo): TensorInfo {
  const [k, m] = a.shape.slice(-2) as [number, number];
  const n = b.shape.at(-1)!;
  const shape = [...(a.shape.length > b.shape.length ? a : b).shape.slice(0, -2), m, n];
  const [left, right] = [reshaped(a, [1, k, m]), reshaped(b, [1, k, n])];
  if (k * n + m * n >= k * m) {
    const flipped = transposed(backend, left);
    const product = plainProduct(multiply, backend, flipped, right);
    backend.disposeData(flipped.dataId);
    return reshaped(product, shape);
  }
  const flipped = transposed(backend, right);
  const product = plainProduct(multiply, backend, flipped, left);
  const output = transposed(backend, product);
  backend.disposeData(flipped.dataId);
  backend.disposeData(product.dataId);
  return reshaped(output, shape);
}
