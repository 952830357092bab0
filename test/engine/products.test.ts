import {describe, expect, test} from 'vitest';
import type {Tensor} from '../../src/contract/index.js';
import {openEngine, tf} from '../../src/engine/index.js';
import {random} from '../helpers/models.js';

interface Values {
  readonly shape: number[];
  readonly data: Float32Array;
}

type Flags = readonly [transposeA: boolean, transposeB: boolean];

/** The product and the gradients of the sum of its squares, on one backend. */
async function products(
  backend: string,
  shapes: readonly number[][],
  [transposeA, transposeB]: Flags,
): Promise<Values[]> {
  await openEngine(backend);
  return tf.tidy(() => {
    const factors = shapes.map((shape, i) => tf.tensor(random(shape, i + 1).data, shape));
    const multiply = (a: unknown, b: unknown) => tf.matMul(a as never, b as never, transposeA, transposeB) as never;
    const gradients = tf.grads((a, b) => tf.sum(tf.square(multiply(a, b))))(factors);
    return [multiply(factors[0], factors[1]) as Tensor, ...gradients].map((tensor) => {
      return {shape: tensor.shape, data: tensor.dataSync().slice()};
    }) as never;
  });
}

function expectAsOnCpu(found: readonly Values[], expected: readonly Values[]): void {
  for (const [i, {shape, data}] of expected.entries()) {
    expect(found[i]!.shape).toEqual(shape);
    const limit = 2e-6 * data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = data.reduce((most, value, at) => Math.max(most, Math.abs(value - found[i]!.data[at]!)), 0);
    expect(worst).toBeLessThanOrEqual(limit);
  }
}

// 32 * 16 * 32 = 16,384 multiplications in a product: the least that is made by a call of its own.
describe('batches of products on wasm are as on cpu', () => {
  test.each<[string, number[], number[], Flags]>([
    ['below', [3, 32, 16], [3, 16, 31], [false, false]],
    ['at the limit', [3, 32, 16], [3, 16, 32], [false, false]],
    ['above', [2, 2, 33, 17], [2, 2, 17, 32], [false, false]],
    ['the left one transposed', [3, 16, 32], [3, 16, 33], [true, false]],
    ['the right one transposed', [3, 32, 16], [3, 33, 16], [false, true]],
    ['both transposed', [3, 16, 32], [3, 33, 16], [true, true]],
    ['the right one alone', [3, 32, 16], [16, 33], [false, false]],
    ['the left one alone', [1, 32, 16], [3, 16, 33], [false, false]],
    ['both repeated', [2, 1, 32, 16], [3, 16, 33], [false, false]],
    ['one repeated in part', [2, 1, 32, 16], [2, 3, 16, 33], [false, false]],
    ['one repeated in part, from outside', [2, 3, 32, 16], [1, 3, 16, 33], [false, false]],
    ['small, one repeated in part', [2, 1, 3, 4], [2, 3, 4, 5], [false, false]],
  ])('%s', async (_, a, b, flags) => {
    expectAsOnCpu(await products('wasm', [a, b], flags), await products('cpu', [a, b], flags));
  });
});

// XNNPACK packs a right factor once, and would take it for the same under another shape.
test('a matrix that was a right factor before may be one in another shape on wasm', async () => {
  await openEngine('wasm');
  tf.tidy(() => {
    const flat = tf.range(0, 24);
    const [wide, tall] = [tf.reshape(flat, [2, 12]), tf.reshape(flat, [12, 2])];
    expect([
      ...tf
        .matMul(tf.tensor2d([[1, 1]]), wide as never)
        .dataSync()
        .slice(0, 3),
    ]).toEqual([12, 14, 16]);
    expect([...tf.matMul(tf.ones([1, 12]), tall as never).dataSync()]).toEqual([132, 144]);
    expect([
      ...tf
        .matMul(tf.tensor2d([[1, 1]]), wide as never)
        .dataSync()
        .slice(0, 3),
    ]).toEqual([12, 14, 16]);
  });
});
