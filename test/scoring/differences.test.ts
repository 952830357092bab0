import {expect, test} from 'vitest';
import {type Difference, differences} from '../../src/scoring/index.js';
import {hitAt, LOSS, run, scoringOf, submission} from './pools.js';

const {POSITIVE_INFINITY: never} = Number;

function reasons(found: readonly Difference[], quantity: Difference['quantity']): (readonly string[])[] {
  return found.filter((each) => each.quantity === quantity).map(({because}) => because);
}

test('nothing differs where all studies are there and no point lies between two ratios', () => {
  const all = [submission('a', {w: [10, 10, 10]}), submission('b', {w: [50, 50, 50]})];
  expect(differences(scoringOf(all), '1.0')).toEqual([]);
});

test('a missing study: time, score, rank', () => {
  const all = [submission('a', {w: [20, 20, 20]}), submission('b', {w: [10]})];
  const found = differences(scoringOf(all), '1.0');
  expect(found.map(({submission, quantity, written, compat}) => [submission, quantity, written, compat])).toEqual([
    ['a', 'score', 1, expect.closeTo(0.6717171717, 9)],
    ['a', 'rank', 1, 2],
    ['b', 'time to target', never, 10],
    ['b', 'score', 0, expect.closeTo(1, 14)],
    ['b', 'rank', 2, 1],
  ]);
  expect(reasons(found, 'time to target')).toEqual([
    ["2 of 3 studies missing: infinite by the rules, left out of the median by AlgoPerf's code"],
  ]);
  expect(reasons(found, 'score')).toEqual([
    ['the exact area under the profile instead of 100 points (-0.005051)', "another submission's time on w differs"],
    ['its time on w differs'],
  ]);
  expect(reasons(found, 'rank')).toEqual([['the scores differ'], ['the scores differ']]);
});

test('the points alone', () => {
  const all = [submission('a', {w: [10]}), submission('b', {w: [20]})];
  const found = differences(scoringOf(all), '1.0');
  expect(reasons(found, 'score')).toEqual([['the exact area under the profile instead of 100 points (-0.005051)']]);
});

test('the points alone, in either direction, on several workloads', () => {
  const all = [submission('a', {w: [10], v: [10]}), submission('b', {w: [10.43], v: [10.43]})];
  const found = differences(scoringOf(all), '1.0');
  expect(reasons(found, 'score')).toEqual([['the exact area under the profile instead of 100 points (+0.000818)']]);
});

test('AlgoPerf 0.6 divides by 8', () => {
  const found = differences(scoringOf([submission('a', {w: [10]})]), '0.6');
  expect(found).toEqual([
    {
      submission: 'a',
      quantity: 'score',
      written: 1,
      compat: expect.closeTo(1 / 8, 14),
      because: ['a share of the 1 workloads scored; AlgoPerf 0.6 divides by 8 whatever is scored'],
    },
  ]);
});

test.each([
  [
    'a trial that is slower but has fewer evaluations',
    LOSS,
    "study_0: trial_2 is the fastest trial; AlgoPerf's code takes trial_1, by the number of its evaluation",
  ],
  [
    'a target that has to be bettered',
    {...LOSS, inclusive: false},
    "study_0: trial_1 equals the target, which has to be bettered; AlgoPerf's code accepts it",
  ],
  [
    'a limit',
    {...LOSS, limitSeconds: 5},
    "study_0: trial_1 reached the target past the limit of 5 s, which AlgoPerf's code ignores",
  ],
])('%s', (_, target, reason) => {
  const runs = [
    hitAt('study_0', 90),
    run('study_0', 'trial_2', [
      [10, 0.9],
      [20, 0.5],
    ]),
  ];
  const all = [{name: 'a', runs: new Map([['w', runs]])}];
  const found = differences(scoringOf(all, {targets: new Map([['w', target]])}), '1.0');
  expect(reasons(found, 'time to target')).toEqual([[reason]]);
});
