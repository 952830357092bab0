import {describe, expect, test} from 'vitest';
import {
  areTargetsReached,
  bestEvaluation,
  firstAtTarget,
  hasFiniteLoss,
  isBetter,
  reachesTarget,
  signOf,
  splitsWithoutValue,
  type TargetRule,
  targetRuleOf,
} from '../../src/metrics/index.js';
import {tinyWorkload} from '../helpers/fakes.js';

const rule: TargetRule = {
  metric: 'accuracy',
  goal: 'maximize',
  inclusive: false,
  validation: 0.5,
  test: 0.25,
  lossMetric: 'nats',
};

const at = (accuracy: number, nats = 1, onTest = accuracy) => ({
  metrics: {'validation/accuracy': accuracy, 'validation/nats': nats, 'test/accuracy': onTest},
});

test('the rule is what the workload says; a target has to be passed unless it is inclusive', () => {
  const {target} = tinyWorkload;
  const expected = {
    metric: 'accuracy',
    goal: 'maximize',
    inclusive: false,
    validation: 0.8,
    test: 0.8,
    lossMetric: 'loss',
  };
  expect(targetRuleOf(tinyWorkload)).toEqual(expected);
  expect(targetRuleOf({...tinyWorkload, target: {...target, inclusive: true}}).inclusive).toBe(true);
  const {test: _, ...withoutTest} = target;
  expect(targetRuleOf({...tinyWorkload, target: withoutTest})).not.toHaveProperty('test');
});

describe('a target', () => {
  test.each([
    ['>', 'maximize', false, {0.49: false, 0.5: false, 0.51: true}],
    ['>=', 'maximize', true, {0.49: false, 0.5: true, 0.51: true}],
    ['<', 'minimize', false, {0.49: true, 0.5: false, 0.51: false}],
    ['<=', 'minimize', true, {0.49: true, 0.5: true, 0.51: false}],
  ] as const)('is reached by a value that is %s it', (sign, goal, inclusive, cases) => {
    const each = {...rule, goal, inclusive};
    expect(signOf(each)).toBe(sign);
    for (const [value, isReached] of Object.entries(cases))
      expect(reachesTarget(at(Number(value)), each, 'validation'), value).toBe(isReached);
    expect(reachesTarget(at(Number.NaN), each, 'validation')).toBe(false);
    expect(reachesTarget({metrics: {}}, each, 'validation')).toBe(false);
  });

  test('of a split is reached by that split alone, and a split without one never reaches it', () => {
    expect(reachesTarget(at(0.1, 1, 0.3), rule, 'test')).toBe(true);
    expect(reachesTarget(at(0.6, 1, 0.2), rule, 'test')).toBe(false);
    const {test: _, ...withoutTest} = rule;
    expect(reachesTarget(at(1), withoutTest, 'test')).toBe(false);
    expect(reachesTarget({metrics: {}}, {...withoutTest, inclusive: true}, 'test')).toBe(false);
  });

  test('is first reached at the first of the evaluations that reach it', () => {
    const evaluations = [at(0.4), at(0.6), at(0.4), at(0.7)];
    expect(firstAtTarget(evaluations, rule, 'validation')).toBe(evaluations[1]);
    expect(firstAtTarget([at(0.4)], rule, 'validation')).toBeUndefined();
  });

  test('of validation and that of test may be reached at different evaluations', () => {
    expect(areTargetsReached([at(0.6, 1, 0.1), at(0.4, 1, 0.3)], rule)).toBe(true);
    expect(areTargetsReached([at(0.6, 1, 0.1)], rule)).toBe(false);
    expect(areTargetsReached([at(0.4, 1, 0.3)], rule)).toBe(false);
  });

  test('of validation is enough where there is none on test', () => {
    const {test: _, ...withoutTest} = rule;
    expect(areTargetsReached([at(0.6, 1, 0.1)], withoutTest)).toBe(true);
    expect(areTargetsReached([], withoutTest)).toBe(false);
  });
});

test.each([
  ['maximize', 2, true, false],
  ['minimize', 2, false, true],
] as const)(
  'where the goal is to %s, %d is better than 1 or 3, never than itself or NaN',
  (goal, value, ...expected) => {
    expect([isBetter(value, 1, goal), isBetter(value, 3, goal)]).toEqual(expected);
    expect([isBetter(value, value, goal), isBetter(value, Number.NaN, goal)]).toEqual([false, false]);
    expect(isBetter(Number.NaN, value, goal)).toBe(false);
  },
);

describe('the best evaluation', () => {
  test.each([
    ['maximize', 2],
    ['minimize', 0],
  ] as const)('is the first of the best where the goal is to %s', (goal, best) => {
    const evaluations = [at(0.1), at(0.1), at(0.3), at(0.3), at(0.2)];
    expect(bestEvaluation(evaluations, {...rule, goal})).toBe(evaluations[best]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('is none whose metric or loss is %d', (bad) => {
    const evaluations = [at(0.1), at(0.3, bad), at(bad)];
    expect(bestEvaluation(evaluations, rule)).toBe(evaluations[0]);
    expect(bestEvaluation(evaluations.slice(1), rule)).toBeUndefined();
    expect(evaluations.map((each) => hasFiniteLoss(each, rule))).toEqual([true, false, true]);
  });

  test('lacks a value on the splits with a target where the loss alone is finite', () => {
    const {test: _, ...withoutTest} = rule;
    const [nan, infinite] = [Number.NaN, Number.POSITIVE_INFINITY];
    expect(splitsWithoutValue(at(nan, 1, infinite), rule)).toEqual(['validation', 'test']);
    expect(splitsWithoutValue(at(0.1, 1, nan), rule)).toEqual(['test']);
    expect(splitsWithoutValue(at(0.1, 1, nan), withoutTest)).toEqual([]);
    expect(splitsWithoutValue({metrics: {'validation/nats': 1}}, rule)).toEqual([]);
    for (const loss of [nan, infinite]) expect(splitsWithoutValue(at(nan, loss), rule)).toEqual([]);
  });

  test('is none of which the loss was not measured', () => {
    expect(hasFiniteLoss({metrics: {'validation/accuracy': 1, 'validation/loss': 1}}, rule)).toBe(false);
  });
});
