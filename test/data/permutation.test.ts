import {describe, expect, test} from 'vitest';
import type {Key} from '../../src/contract/index.js';
import {permutation} from '../../src/data/index.js';
import {foldIn} from '../../src/engine/index.js';

const key: Key = [7, 9];

/** The sum of the squared differences from `expected`, each over `expected`. */
function chiSquare(counts: ArrayLike<number>, expected: number): number {
  return Array.from(counts).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** Six deviations above what chi square is by chance: one test in 10^8 fails though all is fair. */
const bound = (degrees: number) => degrees + 6 * Math.sqrt(2 * degrees) + 12;

describe('permutation', () => {
  test.each([...Array(70).keys()].map((i) => i + 1).concat(255, 4095, 4096, 4097, 50_000, 65_536, 65_537))(
    'of %d numbers holds each once',
    (size) => {
      const seen = new Uint8Array(size);
      for (const number of permutation(size, key).slice(0, size)) seen[number]! += 1;
      expect(seen.every((count) => count === 1)).toBe(true);
    },
  );

  test('holds each number once where the halves have more bits than a table', () => {
    // 16,900 times 16,899: a whole right half, which only differs in the left one, and as many places far away.
    const size = 16_900 * 16_899;
    const order = permutation(size, key);
    const numbers = [0, size - 100_000].flatMap((from) => [...order.slice(from, from + 100_000)]);
    expect(new Set(numbers).size).toBe(200_000);
    expect(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < size)).toBe(true);
    const upper = numbers.filter((number) => number >= size / 2).length;
    expect(Math.abs(upper - 100_000)).toBeLessThan(6 * Math.sqrt(50_000));
  });

  test.each([2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40 + 3, 2 ** 52])(
    'of %d numbers spreads over all of them',
    (size) => {
      const order = permutation(size, key);
      const numbers = [...order.slice(0, 4000), ...order.slice(size - 4000, size)];
      expect(new Set(numbers).size).toBe(8000);
      const counts = new Uint32Array(16);
      for (const number of numbers) counts[Math.floor((number / size) * 16)]! += 1;
      expect(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < size)).toBe(true);
      expect(chiSquare(counts, 500)).toBeLessThan(bound(15));
      expect(numbers.filter((number) => number % 2 === 1).length / 8000).toBeCloseTo(0.5, 1);
    },
  );

  test('is the same in pieces as in whole', () => {
    const order = permutation(1000, key);
    const pieces = [0, 1, 17, 500, 999].map((from, i, all) => [...order.slice(from, all[i + 1] ?? 1000)]);
    expect(pieces.flat()).toEqual([...order.slice(0, 1000)]);
    expect([...order.slice(5, 5)]).toEqual([]);
  });

  test('is a function of its key, and another one for another key', () => {
    const orders = [...Array(50).keys()].map((n) => [...permutation(1000, foldIn(key, n)).slice(0, 1000)].join());
    expect(new Set(orders).size).toBe(50);
    expect([...permutation(1000, foldIn(key, 3)).slice(0, 1000)].join()).toBe(orders[3]);
  });

  test.each([2, 3, 4])('every order of %d numbers is as likely as the others', (size) => {
    const orders = [1, 1, 2, 6, 24][size]!;
    const counts = new Map<string, number>();
    for (let n = 0; n < 500 * orders; n++) {
      const order = permutation(size, foldIn(key, n)).slice(0, size).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(orders);
    expect(chiSquare([...counts.values()], 500)).toBeLessThan(bound(orders - 1));
  });

  test.each([5, 10, 100])('of %d numbers has every number at every place equally often', (size) => {
    const keys = 200 * size;
    const counts = new Uint32Array(size * size);
    for (let n = 0; n < keys; n++) {
      const order = permutation(size, foldIn(key, n)).slice(0, size);
      for (let place = 0; place < size; place++) counts[place * size + order[place]!]! += 1;
    }
    expect(chiSquare(counts, 200)).toBeLessThan(bound((size - 1) ** 2));
  });

  /** How often each number comes right after each other one; on the diagonal 0. */
  function neighbours(size: number, keys: number): Uint32Array {
    const counts = new Uint32Array(size * size);
    for (let n = 0; n < keys; n++) {
      const order = permutation(size, foldIn(key, n)).slice(0, size);
      for (let place = 1; place < size; place++) counts[order[place - 1]! * size + order[place]!]! += 1;
    }
    return counts;
  }

  test.each([5, 10, 60])('of %d numbers has every number after every other one equally often', (size) => {
    const keys = 200 * size;
    const others = neighbours(size, keys).filter((_, i) => i % size !== Math.floor(i / size));
    expect(others.length).toBe(size * (size - 1));
    expect(chiSquare(others, 200)).toBeLessThan(bound(others.length));
  });

  test.each([4096, 50_000])('of %d numbers keeps no more neighbours together than chance does', (size) => {
    const leftSize = Math.ceil(Math.sqrt(size));
    const keys = 300;
    // Pairs of places that differ in one half alone are what a network mixes least.
    for (const distance of [1, 2, leftSize, 2 * leftSize]) {
      let kept = 0;
      for (let n = 0; n < keys; n++) {
        const order = permutation(size, foldIn(key, n)).slice(0, size);
        for (let place = distance; place < size; place++)
          if (order[place]! - order[place - distance]! === distance) kept++;
      }
      // Two numbers differ by so much with the probability of about 1 / size: once a key.
      expect(Math.abs(kept - keys), `distance ${distance}`).toBeLessThan(6 * Math.sqrt(keys));
    }
  });

  test.each([0, 2.5, -1, 2 ** 52 + 1])('of %d numbers is refused', (size) => {
    expect(() => permutation(size, key)).toThrow(/^size must be .+ got /);
  });

  test.each([
    [-1, 4],
    [3, 2],
    [0, 11],
    [0.5, 2],
  ])('places %d to %d of 10 are refused', (from, to) => {
    expect(() => permutation(10, key).slice(from, to)).toThrow(`places must be within 0 and 10, got ${from} to ${to}`);
  });
});
