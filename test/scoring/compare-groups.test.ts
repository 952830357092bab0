import {expect, test} from 'vitest';
import {areTooFew, compareWithFirst, holmAdjusted} from '../../src/scoring/index.js';

const group = (name: string, values: readonly number[], seeds = values.map((_, i) => i + 1)) => ({
  name,
  values: values.map((value, i) => ({seed: seeds[i]!, value})),
});

// As R's p.adjust(method = 'holm') has them.
test.each([
  [
    [0.01, 0.04, 0.03],
    [0.03, 0.06, 0.06],
  ],
  [[0.5], [0.5]],
  [
    [0.9, 0.6],
    [1, 1],
  ],
  [
    [0.02, 0.02],
    [0.04, 0.04],
  ],
  [[], []],
])('%j is %j by Holm', (pValues, adjusted) => {
  const found = holmAdjusted(pValues);
  expect(found).toHaveLength(adjusted.length);
  for (const [i, each] of adjusted.entries()) expect(found[i]).toBeCloseTo(each, 12);
});

test('groups are compared by the seeds that they share, in whatever order', () => {
  const first = group('A', [1, 2, 3, 4, 5, 6, 100]);
  const second = group('B', [7, 6, 5.5, 4.25, 3.5, 1.5, 0], [6, 5, 4, 3, 2, 1, 9]);
  const [difference] = compareWithFirst([first, second]);
  expect(difference).toMatchObject({
    name: 'B',
    pairs: 6,
    pValue: 0.03125,
    adjustedPValue: 0.03125,
    isBeyondChance: true,
  });
  // 0.5, 1.5, 1.25, 1.5, 1, 1
  expect(difference).toMatchObject({difference: 1.125});
});

test('several comparisons make each of them stricter', () => {
  const first = group('A', [1, 2, 3, 4, 5, 6]);
  const above = (by: number, name: string) =>
    group(
      name,
      [1, 2, 3, 4, 5, 6].map((value, i) => value + by + i / 10),
    );
  const compared = compareWithFirst([first, above(1, 'B'), above(2, 'C')]);
  expect(compared).toMatchObject([
    {pValue: 0.03125, adjustedPValue: 0.0625, isBeyondChance: false},
    {pValue: 0.03125, adjustedPValue: 0.0625, isBeyondChance: false},
  ]);
  const [alone] = compareWithFirst([first, above(1, 'B')]);
  expect(alone).toMatchObject({isBeyondChance: true});
});

test('of several runs with one seed the median counts', () => {
  const [difference] = compareWithFirst([group('A', [1, 2]), group('B', [4, 9, 5, 3], [1, 1, 1, 2])]);
  expect(difference).toMatchObject({pairs: 2, difference: 2.5});
});

test('what has no pairs, or no values, is not compared', () => {
  const first = group('A', [1, Number.POSITIVE_INFINITY], [1, 2]);
  expect(compareWithFirst([first, group('B', [1], [3]), group('C', [1, 2]), group('D', [Number.NaN])])).toEqual([
    {name: 'B', pairs: 0, reason: 'they have no seed in common'},
    {name: 'C', pairs: 2, reason: 'not every run of the common seeds has a value'},
    {name: 'D', pairs: 1, reason: 'not every run of the common seeds has a value'},
  ]);
  expect(compareWithFirst([first])).toEqual([]);
});

test('a group that is not compared makes the others no stricter', () => {
  const [first, shifted] = [group('A', [1, 2, 3, 4, 5, 6]), group('C', [2, 3, 4, 5, 6, 7])];
  const compared = compareWithFirst([first, group('B', [1], [99]), shifted], {level: 1 - 2 / 64});
  expect(compared).toEqual([
    {name: 'B', pairs: 0, reason: 'they have no seed in common'},
    expect.objectContaining({name: 'C', pValue: 2 / 64, adjustedPValue: 2 / 64, isBeyondChance: true}),
  ]);
});

test('five pairs are too few, six are not', () => {
  expect([5, 6].map(areTooFew)).toEqual([true, false]);
});
