import {expect, test} from 'vitest';
import {scoreIntervals, TAU} from '../../src/scoring/index.js';
import {scoringOf, submission} from './pools.js';

const {POSITIVE_INFINITY: never} = Number;

const noisy = submission('noisy', {w: [10, 20, 40], v: [10, 10, 10]});
const steady = submission('steady', {w: [15, 15, 15], v: [10, 10, 10]});
const slow = submission('slow', {w: [never, never, never], v: [39, 39, 39]});

test('are wide where studies differ, and the ranks say what is noise', () => {
  const [a, b, c] = scoreIntervals(scoringOf([noisy, steady, slow]))!;
  // A median of three draws is the least with probability 7/27, the largest likewise.
  expect(a!.times).toEqual({w: {low: 10, high: 40}, v: {low: 10, high: 10}});
  // With its 40 the ratio is 40 / 15, with its 10 it is 1 and the other's 1.5.
  expect(a!.score.low).toBeCloseTo((1 + (4 - 40 / 15) / 3) / 2, 14);
  expect(a!.score.high).toBe(1);
  expect(a!.rank).toEqual({low: 1, high: 2});
  expect(b!.score).toEqual({low: expect.closeTo((1 + 2.5 / 3) / 2, 14), high: 1});
  expect(b!.rank).toEqual({low: 1, high: 2});
  expect(c!.rank).toEqual({low: 3, high: 3});
  expect(c!.times.w).toEqual({low: never, high: never});
});

test('of the profile, at each of the 100 points', () => {
  const [a] = scoreIntervals(scoringOf([noisy, steady, slow]))!;
  expect(a!.profile.length).toBe(TAU.length);
  expect(a!.profile[0]).toEqual({low: 0.5, high: 1});
  expect(a!.profile.at(-1)).toEqual({low: 1, high: 1});
});

test("a missing study is drawn as infinite by the rules, left out by AlgoPerf's code", () => {
  const pool = [submission('a', {w: [10, 10]}), submission('b', {w: [10, 10, 10]})];
  expect(scoreIntervals(scoringOf(pool))![0]!.times.w).toEqual({low: 10, high: never});
  expect(scoreIntervals(scoringOf(pool, {rules: '1.0'}))![0]!.times.w).toEqual({low: 10, high: 10});
});

test('one study of a workload among others of more has none', () => {
  const pool = [submission('a', {w: [10], v: [10, 20]})];
  const [a] = scoreIntervals(scoringOf(pool, {numStudies: 1}))!;
  expect(a!.times.w).toBeUndefined();
  expect(a!.times.v).toEqual({low: 10, high: 20});
});

test('there are none where nothing has two studies', () => {
  expect(scoreIntervals(scoringOf([submission('a', {w: [10]})]))).toBeUndefined();
});

test('are fixed by the seed; what a submission draws does not depend on the others', () => {
  const many = submission('many', {w: Array.from({length: 9}, (_, i) => 10 + i * i)});
  const times = (pool: readonly (typeof many)[], seed: number) =>
    scoreIntervals(scoringOf(pool, {numStudies: 1}), {seed, resamples: 40})!.find(
      ({submission}) => submission === 'many',
    )!.times.w;
  expect(times([many], 1)).toEqual(times([many], 1));
  expect(times([many], 1)).toEqual(times([noisy, many], 1));
  expect(times([many], 1)).not.toEqual(times([many], 2));
});
