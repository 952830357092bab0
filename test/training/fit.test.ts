import {describe, expect, test} from 'vitest';
import {fitOf, type RunLength} from '../../src/training/fit.js';
import {length, speed} from '../helpers/run-lengths.js';

describe('what a length comes to at a speed', () => {
  test.each<[string, Partial<RunLength>, object]>([
    // 50 s of steps; evaluations after step 1, at 10, 20, 30, 40 s, and after the last step.
    [
      'a schedule within the budget',
      {},
      {scheduleSeconds: 50, fits: true, evaluations: 6, wallSeconds: 62, stepsInBudget: 6000},
    ],
    ['one that just fits', {totalSteps: 6000}, {scheduleSeconds: 60, fits: true}],
    ['one that does not', {totalSteps: 6001}, {fits: false, stepsInBudget: 6000, wallSeconds: 74}],
    [
      'no budget to end it',
      {totalSteps: 12000, isLimited: false, evalEverySteps: 6000},
      {scheduleSeconds: 120, fits: false, evaluations: 3, wallSeconds: 126},
    ],
    [
      'no known length, and no budget to end it',
      {totalSteps: undefined, isLimited: false},
      {fits: null, evaluations: 7, wallSeconds: 74},
    ],
    [
      'no known length',
      {totalSteps: undefined},
      {totalSteps: null, scheduleSeconds: null, fits: null, evaluations: 7, wallSeconds: 74},
    ],
  ])('%s', (_, change, expected) => {
    expect(fitOf(speed, {...length, ...change})).toMatchObject(expected);
  });

  test('a run shorter than a period has two evaluations, after its first step and its last', () => {
    expect(fitOf(speed, {...length, totalSteps: 900})).toMatchObject({evaluations: 2, wallSeconds: 13});
    expect(fitOf(speed, {...length, totalSteps: 1000})).toMatchObject({evaluations: 2});
    expect(fitOf(speed, {...length, totalSteps: 1001})).toMatchObject({evaluations: 3, evaluationSeconds: 2});
    expect(fitOf(speed, {...length, totalSteps: 0})).toMatchObject({evaluations: 2});
  });

  test('the share of the evaluations is of steps and evaluations together', () => {
    expect(fitOf(speed, length).evaluationShare).toBeCloseTo(12 / 62, 12);
  });
});
