import {describe, expect, test} from 'vitest';
import {bootstrap, median, pairedBootstrap, quantile} from '../../src/scoring/index.js';
import golden from '../golden/bootstrap.json' with {type: 'json'};

const {POSITIVE_INFINITY: never} = Number;

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 2, 3], 2.5],
  [[1, never, never], never],
  [[1, 2, never, never], never],
  [[1, 2, 3, never], 2.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('nothing has no median', () => {
  expect(() => median([])).toThrow('values must hold at least one number');
});

describe(`quantiles are those of ${golden.madeBy}`, () => {
  test.each(golden.quantiles)('of $sorted', ({sorted, shares, values}) => {
    for (const [i, share] of shares.entries())
      expect(Math.abs(quantile(sorted, share) - values[i]!), `${share}`).toBeLessThanOrEqual(1e-12);
  });

  test('between a finite and an infinite value they are infinite', () => {
    expect(quantile([1, 2, never], 0.5)).toBe(2);
    expect(quantile([1, 2, never], 0.51)).toBe(never);
    expect(quantile([1, never, never], 0.75)).toBe(never);
  });
});

describe('an interval by the bootstrap', () => {
  test.each(golden.intervals)('is near that of every possible sample of $values', ({values, low, high}) => {
    const {interval} = bootstrap(values, {resamples: 20_000, seed: 1});
    expect(interval).toEqual({low, high});
  });

  test.each(golden.means)('of the mean of $values is near that of scipy', ({values, low, high, error}) => {
    const mean = (sample: Float64Array) => sample.reduce((sum, each) => sum + each, 0) / sample.length;
    const {interval} = bootstrap(values, {resamples: 20_000, statistic: mean});
    expect(Math.abs(interval!.low - low)).toBeLessThan(error);
    expect(Math.abs(interval!.high - high)).toBeLessThan(error);
  });

  test('is fixed by its seed', () => {
    const values = [5, 1, 4, 2, 3, 8, 9, 7];
    const mean = (sample: Float64Array) => sample.reduce((sum, each) => sum + each, 0) / sample.length;
    const of = (seed: number) => bootstrap(values, {seed, resamples: 50, statistic: mean}).interval;
    expect(of(3)).toEqual(of(3));
    expect(of(3)).not.toEqual(of(4));
  });

  test('is wider at a higher level', () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    const of = (level: number) => bootstrap(values, {level}).interval!;
    expect(of(0.5).low).toBeGreaterThan(of(0.99).low);
    expect(of(0.5).high).toBeLessThan(of(0.99).high);
  });

  test('is none of one value', () => {
    expect(bootstrap([7])).toEqual({value: 7, interval: undefined});
    expect(bootstrap([7, 9]).interval).toEqual({low: 7, high: 9});
  });

  test('reaches to infinity where samples do', () => {
    expect(bootstrap([10, 20, never])).toEqual({value: 20, interval: {low: 10, high: never}});
  });

  test.each([
    [{resamples: 0}, 'resamples must be a positive integer, got 0'],
    [{level: 1}, 'level must be in (0, 1), got 1'],
    [{level: 0}, 'level must be in (0, 1), got 0'],
    [{seed: -1}, 'seed must be an integer of at least 0, got -1'],
  ])('refuses %j', (options, message) => {
    expect(() => bootstrap([1, 2], options)).toThrow(message);
  });
});

describe('a comparison pair by pair', () => {
  test.each(golden.paired)('has the p-value of every choice of signs: $first, $second', ({first, second, pValue}) => {
    const found = pairedBootstrap(first, second);
    expect(Math.abs(found.pValue - pValue)).toBeLessThan(1e-12);
  });

  test('three pairs are too few to be beyond chance, however far apart', () => {
    const found = pairedBootstrap([1, 2, 3], [101, 102, 103]);
    expect(found).toEqual({difference: 100, interval: {low: 100, high: 100}, pValue: 0.25, isBeyondChance: false});
  });

  test('six pairs that all differ one way are beyond chance', () => {
    const found = pairedBootstrap([1, 2, 3, 4, 5, 6], [0.9, 1.8, 2.9, 3.7, 4.9, 5.8]);
    expect(found.pValue).toBe(2 / 64);
    expect(found.difference).toBeCloseTo(-0.15, 12);
    expect(found.isBeyondChance).toBe(true);
    expect(found.interval!.high).toBeLessThan(0);
  });

  test('at a stricter level they are not', () => {
    const found = pairedBootstrap([1, 2, 3, 4, 5, 6], [0.9, 1.8, 2.9, 3.7, 4.9, 5.8], {level: 0.99});
    expect(found.isBeyondChance).toBe(false);
  });

  test('an interval that touches 0 does not leave it out, nor does a single pair', () => {
    const ones = Array(6).fill(1);
    const found = pairedBootstrap(Array(6).fill(0), ones, {statistic: () => 0});
    expect(found).toEqual({difference: 0, interval: {low: 0, high: 0}, pValue: 2 / 64, isBeyondChance: false});
    expect(pairedBootstrap([1], [5])).toEqual({difference: 4, interval: undefined, pValue: 1, isBeyondChance: false});
  });

  test('a p-value of exactly 1 - level is enough', () => {
    const found = pairedBootstrap(Array(6).fill(0), Array(6).fill(1), {level: 1 - 2 / 64});
    expect(found).toMatchObject({pValue: 2 / 64, isBeyondChance: true});
  });

  test('of sixteen pairs every choice of signs is tried', () => {
    expect(pairedBootstrap(Array(16).fill(0), Array(16).fill(1)).pValue).toBe(2 / 2 ** 16);
  });

  test('of many pairs signs are drawn', () => {
    const first = Array.from({length: 30}, (_, i) => i);
    expect(
      pairedBootstrap(
        first,
        first.map((value) => value + 1),
      ).pValue,
    ).toBe(1 / 2001);
    const none = pairedBootstrap(
      first,
      first.map((value, i) => value + (i % 2 === 0 ? 1 : -1)),
    );
    expect(none.pValue).toBe(1);
    expect(none.isBeyondChance).toBe(false);
  });

  test('equal values do not differ', () => {
    const found = pairedBootstrap([1, 2, 3], [1, 2, 3]);
    expect(found).toEqual({difference: 0, interval: {low: 0, high: 0}, pValue: 1, isBeyondChance: false});
  });

  test.each([
    [[1], [1, 2], 'first and second must be as long as each other, got 1 and 2'],
    [[1, never], [1, 2], 'first and second must be finite numbers'],
    [[], [], 'values must hold at least one number'],
  ])('refuses %j and %j', (first, second, message) => {
    expect(() => pairedBootstrap(first, second)).toThrow(message);
  });
});
