import type * as TF from '@tensorflow/tfjs-core';
import type {Tensor} from '../contract/index.js';
import {tf} from './tf.js';

/** The name of the kernel that makes orthonormal bases. */
export const ORTHONORMAL = 'Orthonormal';

/**
 * The Q of the decomposition Q R of square matrices: its first k columns are an orthonormal basis of what the first k columns of the
 * matrix span, for every k. By Householder's reflections, which gives an orthonormal Q for every matrix, a singular one too; the
 * signs of its columns are not settled. There is no gradient.
 * @param matrices - float32 [..., n, n]
 */
export function orthonormal(matrices: Tensor): Tensor {
  return tf.engine().runKernel(ORTHONORMAL, {x: matrices} as never) as Tensor;
}

type Call = Parameters<TF.KernelFunc>[0];

/** On the host, for the backends that run op by op. */
function orthonormalOnHost({inputs, backend}: Call): TF.TensorInfo {
  const {dataId, shape} = inputs.x!;
  const values = (backend as unknown as {readSync(id: object): Float32Array}).readSync(dataId);
  const size = shape.at(-1)!;
  const result = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += size * size) {
    result.set(householderQ(values.subarray(at, at + size * size), size), at);
  }
  return tf.tensor(result, shape);
}

/**
 * Q of a matrix [size, size], row by row. The work is done in float64 and on the transpose, so that columns lie together: the
 * reflections I - 2 v vT that bring the matrix to upper triangular form, and then their product.
 */
function householderQ(matrix: Float32Array, size: number): Float32Array {
  const columns = Array.from({length: size}, (_, column) =>
    Float64Array.from({length: size}, (_, row) => matrix[row * size + column]!),
  );
  const mirrors: Float64Array[] = [];
  for (let k = 0; k < size - 1; k++) {
    const mirror = mirrorOf(columns[k]!, k);
    for (let column = k + 1; column < size; column++) reflect(columns[column]!, mirror, k);
    mirrors.push(mirror);
  }
  const q = new Float32Array(size * size);
  for (let column = 0; column < size; column++) {
    const unit = new Float64Array(size);
    unit[column] = 1;
    for (let k = Math.min(column, size - 2); k >= 0; k--) reflect(unit, mirrors[k]!, k);
    for (let row = 0; row < size; row++) q[row * size + column] = unit[row]!;
  }
  return q;
}

/** The unit vector across which a column becomes a multiple of the `k`-th axis from row `k` on; zeros where it is none to begin with. */
function mirrorOf(column: Float64Array, k: number): Float64Array {
  const mirror = column.slice();
  mirror.fill(0, 0, k);
  mirror[k]! += Math.sign(mirror[k]! || 1) * lengthOf(mirror);
  const length = lengthOf(mirror);
  return length === 0 ? mirror : mirror.map((value) => value / length);
}

function lengthOf(vector: Float64Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}

/** `x -= 2 (v . x) v`, from row `from` on: `v` is 0 before it. */
function reflect(x: Float64Array, v: Float64Array, from: number): void {
  let product = 0;
  for (let i = from; i < x.length; i++) product += v[i]! * x[i]!;
  for (let i = from; i < x.length; i++) x[i]! -= 2 * product * v[i]!;
}

for (const backendName of ['wasm', 'cpu']) {
  tf.registerKernel({kernelName: ORTHONORMAL, backendName, kernelFunc: orthonormalOnHost});
}
