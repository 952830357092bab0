import {attributeKinds, type OpAttribute} from '../../src/engine/tensorflow/binding.js';
import {random} from './models.js';

/** A product of two matrices: the sizes of both, and which of them lie transposed. */
export interface Product {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Products of matrices [m, k] and [k, n], in each of the four ways that they may lie. */
export function productsOf(sizes: readonly (readonly [m: number, k: number, n: number])[]): Product[] {
  return sizes.flatMap(([m, k, n]) =>
    [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({m, k, n, transposeA, transposeB}))),
  );
}

export const transposeFlags = (transposeA: boolean, transposeB: boolean): OpAttribute[] => [
  {name: 'transpose_a', type: attributeKinds.bool, value: transposeA},
  {name: 'transpose_b', type: attributeKinds.bool, value: transposeB},
];

/** Two matrices for a product, always the same. */
export const factors = ({m, k, n, transposeA, transposeB}: Product) => [
  {shape: transposeA ? [k, m] : [m, k], data: random([m, k], 1).data as Float32Array},
  {shape: transposeB ? [n, k] : [k, n], data: random([k, n], 2).data as Float32Array},
];

/** The product in float64, and the sum of its terms' sizes: what rounding is measured by. */
export function exactly({m, k, n, transposeA, transposeB}: Product, a: Float32Array, b: Float32Array) {
  const [product, sizes] = [new Float64Array(m * n), new Float64Array(m * n)];
  for (let i = 0; i < m; i++) {
    for (let step = 0; step < k; step++) {
      const left = a[transposeA ? step * m + i : i * k + step]!;
      for (let j = 0; j < n; j++) {
        const term = left * b[transposeB ? j * k + step : step * n + j]!;
        product[i * n + j]! += term;
        sizes[i * n + j]! += Math.abs(term);
      }
    }
  }
  return {product, sizes};
}

/**
 * How far found values are from the product, over the most that k roundings to float32 can make: each is at most half of 2^-23 of a sum
 * that is at most the sum of the sizes.
 */
export function worstRounding(
  found: ArrayLike<number>,
  {product, sizes}: ReturnType<typeof exactly>,
  k: number,
): number {
  if (found.length !== product.length) return Infinity;
  return (
    product.reduce((most, value, i) => Math.max(most, Math.abs(found[i]! - value) / sizes[i]!), 0) / (k * 2 ** -24)
  );
}
