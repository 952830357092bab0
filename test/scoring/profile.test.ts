import {expect, test} from 'vitest';
import {exactArea, profileSteps} from '../../src/scoring/index.js';

const {POSITIVE_INFINITY: never} = Number;

test('a profile rises at each ratio from 1 to 4, once', () => {
  expect(profileSteps([1.5, 0.5, 3, 1.5, 4, 4.000001, never])).toEqual([
    {tau: 1, share: 1 / 7},
    {tau: 1.5, share: 3 / 7},
    {tau: 3, share: 4 / 7},
    {tau: 4, share: 5 / 7},
  ]);
  expect(profileSteps([2], 8)).toEqual([{tau: 2, share: 1 / 8}]);
  expect(profileSteps([never])).toEqual([]);
});

test('the exact area does not depend on the order of the workloads, to the last bit', () => {
  const ratios = [1.4, 2.6, 3.1, 1];
  const orders = ratios.flatMap((_, i) => [
    ratios.slice(i).concat(ratios.slice(0, i)),
    ratios.toReversed().slice(i).concat(ratios.toReversed().slice(0, i)),
  ]);
  const asTheyStand = (order: readonly number[]) => order.reduce((sum, ratio) => sum + (4 - ratio) / 3, 0) / 4;
  expect(new Set(orders.map(asTheyStand)).size).toBeGreaterThan(1);
  expect(new Set(orders.map((order) => exactArea(order))).size).toBe(1);
  expect(exactArea(ratios)).toBeCloseTo((2.6 + 1.4 + 0.9 + 3) / 12, 14);
});
