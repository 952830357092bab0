import {describe, expect, test} from 'vitest';
import {
  erf,
  foldIn,
  keyFromSeed,
  lecunNormal,
  normal,
  randomBits,
  randomSeed,
  split,
  truncatedNormal,
  uniform,
} from '../../src/engine/random.js';
import golden from '../golden/random_numbers.json' with {type: 'json'};

function expectNear(found: ArrayLike<number>, expected: readonly number[]): void {
  for (const [i, value] of expected.entries()) expectClose(found[i]!, value, `${i}`);
}

function expectClose(found: number, value: number, what: string): void {
  expect(Math.abs(found - value), `${what}: ${found} and ${value}`).toBeLessThanOrEqual(1e-6 * Math.abs(value));
}

describe.each(golden.cases)(`as ${golden.madeBy}, seed $seed`, (expected) => {
  const key = keyFromSeed(expected.seed);

  test('keys, folded and split, and bits are the same', () => {
    expect([...key]).toEqual(expected.key);
    for (const [n, words] of expected.folded as [number, number[]][]) expect([...foldIn(key, n)]).toEqual(words);
    expect(split(key, 5).map((part) => [...part])).toEqual(expected.split);
    expect([...randomBits(key, 7)]).toEqual(expected.bits);
  });

  test('uniform values are the same', () => {
    expect([...uniform(key, [6]).data]).toEqual(expected.uniform);
    expect([...uniform(key, [5, 8], -0.1, 0.3).data]).toEqual(expected.uniformBetween);
  });

  test('normal values are near', () => {
    expectNear(normal(key, [40]).data, expected.normal);
    expectNear(truncatedNormal(key, [40]).data, expected.truncatedNormal);
    expectNear(lecunNormal(key, [5, 8]).data, expected.lecunNormal);
    const {data} = normal(key, [20000]);
    for (const [at, value] of expected.normalTails as [number, number][]) expectClose(data[at]!, value, `${at}`);
  });
});

test.each(golden.wideSeeds as [number, number[]][])(
  `the key of the wide seed %d is that of ${golden.madeBy}`,
  (seed, words) => {
    expect([...keyFromSeed(seed)]).toEqual(words);
  },
);

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

test.each([-1, 0.5, 2 ** 53])('a seed of %d is refused', (seed) => {
  expect(() => keyFromSeed(seed)).toThrow(`seed must be an integer of at least 0, got ${seed}`);
});

test.each([-1, 0.5, 2 ** 32, Number.NaN])('folding in %d is refused', (n) => {
  expect(() => foldIn([0, 1], n)).toThrow(new RangeError(`n must be an integer in [0, 2^32), got ${n}`));
});

test('what cannot be drawn is refused', () => {
  expect(() => split([0, 1], 0)).toThrow(new RangeError('count must be a positive integer, got 0'));
  expect(() => truncatedNormal([0, 1], [3], 2, 2)).toThrow(new RangeError('lower must be below upper, got 2 and 2'));
});

test('a drawn seed is a valid seed, and a different one each time', () => {
  const seeds = Array.from({length: 8}, randomSeed);
  for (const seed of seeds) expect(keyFromSeed(seed)).toEqual([0, seed]);
  expect(new Set(seeds).size).toBeGreaterThan(1);
});

test('a bound as far out as uniform numbers do not reach is still a number', () => {
  const {data} = truncatedNormal(keyFromSeed(4), [1_000_000], 3, 6);
  expect((data as Float32Array).every((value) => value >= 3 && value <= 6)).toBe(true);
});
