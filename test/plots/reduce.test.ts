import {describe, expect, test} from 'vitest';
import {rangeOf, reducedLine} from '../../src/plots/index.js';

describe('reducedLine', () => {
  test('keeps all of a short line', () => {
    expect(reducedLine((step) => step * 2, {from: 3, to: 6, buckets: 10})).toEqual([
      {step: 3, value: 6},
      {step: 4, value: 8},
      {step: 5, value: 10},
    ]);
  });

  test('keeps the first, the last and every extreme, in order', () => {
    const rate = (step: number) => (step === 12_345 ? 9 : step === 50_001 ? -9 : Math.sin(step / 1000));
    const points = reducedLine(rate, {from: 0, to: 100_000, buckets: 500});
    expect(points.length).toBeLessThanOrEqual(1002);
    expect([points[0]!.step, points.at(-1)!.step]).toEqual([0, 99_999]);
    expect(points).toContainEqual({step: 12_345, value: 9});
    expect(points).toContainEqual({step: 50_001, value: -9});
    expect(points.every(({step}, i) => i === 0 || step > points[i - 1]!.step)).toBe(true);
  });

  test('values that are not finite hide no extreme of their bucket; a bucket of nothing else is a gap', () => {
    const rate = (step: number) => {
      if (step >= 4000 && step < 6000) return Number.POSITIVE_INFINITY;
      if (step === 8012) return 50;
      return step % 10 === 0 ? Number.NaN : step % 10;
    };
    const points = reducedLine(rate, {from: 0, to: 10_000, buckets: 100});
    expect(points).toContainEqual({step: 8012, value: 50});
    const within = points.filter(({step}) => step >= 7000 && step < 8000).map(({value}) => value);
    expect(new Set(within)).toEqual(new Set([1, 9]));
    const gap = points.filter(({step}) => step >= 4000 && step < 6000);
    expect(gap.length).toBeGreaterThan(0);
    expect(gap.every(({value}) => Number.isNaN(value))).toBe(true);
  });
});

test.each([
  [
    [3, Number.NaN, -1, Number.POSITIVE_INFINITY],
    [-1, 3],
  ],
  [[7], [7, 7]],
  [[Number.NaN], [0, 0]],
  [[], [0, 0]],
])('rangeOf %o is %o', (values, range) => {
  expect(rangeOf(values)).toEqual(range);
});
