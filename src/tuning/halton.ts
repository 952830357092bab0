import {mersenneTwister} from './mersenne-twister.js';

/** How many of the sequence's first points are left out, which are correlated. */
const SKIPPED = 100;

/**
 * The first `count` points of AlgoPerf's scrambled and shifted Halton sequence in `dimensions` dimensions, each coordinate in
 * [0, 1), bit for bit. No seed enters: more points are a continuation of fewer.
 * @param dimensions - at least 1
 * @see {@link https://arxiv.org/abs/1706.03200 | Bousquet et al. 2017}
 */
export function haltonPoints(count: number, dimensions: number): number[][] {
  const coordinates = basesFor(dimensions).map((base) => vanDerCorput(count, base));
  return Array.from({length: count}, (_, i) => coordinates.map((values) => values[i]!));
}

/** One coordinate of the points: the radical inverse with its digits permuted and everything shifted, both fixed by the base. */
function vanDerCorput(count: number, base: number): number[] {
  const random = mersenneTwister(base);
  const digits = [0, ...random.shuffle(Array.from({length: base - 1}, (_, i) => i + 1))];
  const shift = random.double();
  return Array.from({length: count}, (_, i) => (radicalInverse(SKIPPED + i + 1, base, digits) + shift) % 1);
}

function radicalInverse(index: number, base: number, digits: readonly number[]): number {
  let sum = 0;
  for (let rest = index, denominator = base; rest > 0; rest = Math.floor(rest / base), denominator *= base)
    sum += digits[rest % base]! / denominator;
  return sum;
}

/** The largest odd primes below 1000 (or the next thousand that has enough) but for the very largest, in ascending order. */
function basesFor(dimensions: number): number[] {
  for (let limit = 1000; ; limit += 1000) {
    const primes = oddPrimesBelow(limit);
    if (primes.length > dimensions) return primes.slice(-dimensions - 1, -1);
  }
}

function oddPrimesBelow(limit: number): number[] {
  const isComposite = new Uint8Array(limit);
  const primes: number[] = [];
  for (let n = 3; n < limit; n += 2) {
    if (isComposite[n]) continue;
    primes.push(n);
    for (let multiple = n * n; multiple < limit; multiple += 2 * n) isComposite[multiple] = 1;
  }
  return primes;
}
