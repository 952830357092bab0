import {describe, expect, test} from 'vitest';
import {
  erf,
  fold,
  keyFromSeed,
  lecunNormal,
  normal,
  permutation,
  randomBits,
  split,
  truncatedNormal,
  uniform,
} from '../../src/engine/random.js';
import golden from '../golden/random_numbers.json' with {type: 'json'};

function expectNear(found: ArrayLike<number>, expected: readonly number[], relative: number): void {
  for (const [i, value] of expected.entries()) {
    expect(Math.abs(found[i]! - value), `${i}: ${found[i]} and ${value}`).toBeLessThanOrEqual(
      relative * Math.max(Math.abs(value), 1e-2),
    );
  }
}

describe.each(golden.cases)(`as ${golden.madeBy}, seed $seed`, (expected) => {
  const key = keyFromSeed(expected.seed);

  test('keys, folded and split, and bits are the same', () => {
    expect([...key]).toEqual(expected.key);
    for (const [n, words] of expected.folded as [number, number[]][]) expect([...fold(key, n)]).toEqual(words);
    expect(split(key, 5).map((part) => [...part])).toEqual(expected.split);
    expect([...randomBits(key, 7)]).toEqual(expected.bits);
  });

  test('uniform values are the same', () => {
    expect([...uniform(key, [6]).data]).toEqual(expected.uniform);
    expectNear(uniform(key, [2, 3], -0.5, 2.5).data, expected.uniformBetween, 1e-6);
  });

  test('normal values are near', () => {
    expectNear(normal(key, [40]).data, expected.normal, 2e-6);
    expectNear(truncatedNormal(key, [40]).data, expected.truncatedNormal, 2e-6);
    expectNear(lecunNormal(key, [5, 8]).data, expected.lecunNormal, 2e-6);
  });
});

test('erf at known places', () => {
  for (const [x, value] of [
    [0, 0],
    [0.5, 0.5204998778130465],
    [-1, -0.8427007929497149],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [7, 1],
  ] as const) {
    expect(erf(x)).toBeCloseTo(value, 14);
  }
});

describe('permutation', () => {
  test('holds every number once, another order for another key', () => {
    const order = permutation(1000, [0, 1]);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({length: 1000}, (_, i) => i));
    expect([...permutation(1000, [0, 1])]).toEqual([...order]);
    expect([...permutation(1000, [0, 2])]).not.toEqual([...order]);
  });

  test('every order is as likely as the others', () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 6000; n++) {
      const order = permutation(3, fold([0, 9], n)).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

test.each([-1, 0.5, 2 ** 53])('a seed of %d is refused', (seed) => {
  expect(() => keyFromSeed(seed)).toThrow(`seed must be an integer of at least 0, got ${seed}`);
});
