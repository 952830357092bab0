import {describe, expect, test} from 'vitest';
import {bracketsOf, type HyperbandRule, verdictOn} from '../../src/sweep/hyperband.js';
import golden from '../golden/hyperband.json' with {type: 'json'};

/** A rule as W&B's file has it. */
interface FileRule {
  min_iter?: number;
  max_iter?: number;
  s?: number;
  eta?: number;
  strict?: boolean;
}

function ruleOf({min_iter, max_iter, s, eta = 3, strict = true}: FileRule): HyperbandRule {
  return {minIter: min_iter, maxIter: max_iter, s, eta, strict};
}

describe(`brackets, limits and runs that end are those of ${golden.madeBy}`, () => {
  test.each(golden.cases.map((each, number) => ({...each, number})))(
    'case $number: $goal by $rule',
    ({rule, goal, histories, bands, thresholds, stops}) => {
      const brackets = bracketsOf(ruleOf(rule));
      expect(brackets.slice(0, 20)).toEqual(bands);
      const sign = goal === 'minimize' ? 1 : -1;
      const values = histories.map((history) => history.flatMap((value) => (value === null ? [] : [sign * value])));
      const verdicts = values.map((own, i) => verdictOn(own, values.toSpliced(i, 1), ruleOf(rule)));
      expect(verdicts.map((verdict) => verdict?.isOver ?? false)).toEqual(stops);
      for (const verdict of verdicts)
        if (verdict) expect(verdict.threshold).toBe(thresholds[bands.lastIndexOf(verdict.bracket)]);
    },
  );
});

test('before the first bracket there is nothing to judge', () => {
  const rule = ruleOf({min_iter: 3});
  expect(verdictOn([1, 1], [[0, 0, 0]], rule)).toBeUndefined();
  expect(verdictOn([1, 1, 1], [[0, 0, 0]], rule)?.isOver).toBe(true);
});

test('a run as good as the limit goes on, and the first to come always does', () => {
  const rule = ruleOf({min_iter: 1});
  expect(verdictOn([5], [], rule)).toEqual({bracket: 1, value: 5, threshold: 5, runs: 1, isOver: false});
  expect(verdictOn([5], [[5], [5], [7]], rule)?.isOver).toBe(false);
  expect(verdictOn([5.000001], [[5], [5], [7]], rule)?.isOver).toBe(true);
});

test('the value at the bracket decides, and without `strict` the best so far', () => {
  const others = [[9, 4, 9]];
  expect(verdictOn([2, 6, 1], others, ruleOf({max_iter: 6, s: 1}))?.isOver).toBe(true);
  expect(verdictOn([2, 6, 1], others, ruleOf({max_iter: 6, s: 1, strict: false}))?.isOver).toBe(false);
});
