import {expect, test} from 'vitest';
import {
  bestTrial,
  isTuning,
  medianTime,
  requireTuningOptions,
  type TuningOptions,
  trialNumbers,
} from '../../src/tuning/index.js';

test.each<[TuningOptions, string]>([
  [{tuningRuleset: 'external'}, '--tuning-ruleset: external needs a search space'],
  [{numTuningTrials: 2}, '--num-tuning-trials: all trials would be alike without a search space'],
  [{tuningRuleset: 'self', tuningSearchSpace: 'a.json'}, '--tuning-search-space: with --tuning-ruleset self'],
  [
    {tuningRuleset: 'self', numTuningTrials: 2},
    '--num-tuning-trials: with --tuning-ruleset self a study has one trial, got 2',
  ],
  [{tuningRuleset: 'self', hparamStartIndex: 0}, '--hparam-start-index: with --tuning-ruleset self'],
  [{study: 1}, '--study: say how many there are by --num-studies'],
  [{hparamEndIndex: 1}, '--hparam-end-index: picks trials of a search space'],
  [
    {tuningSearchSpace: 'a.json', numTuningTrials: 1e9, numStudies: 3},
    '--num-tuning-trials: at most 10,000 trials in all studies, got 3,000,000,000',
  ],
  [{numStudies: 10_001}, '--num-studies: at most 10,000 trials in all studies, got 10,001'],
  [{study: 4, numStudies: 3}, '--study: there are 3 studies (--num-studies), got 4'],
])('flags that do not go together: %o', (options, message) => {
  expect(isTuning(options)).toBe(true);
  expect(() => requireTuningOptions(options)).toThrow(message);
});

test.each<TuningOptions>([
  {},
  {tuningRuleset: 'self', numTuningTrials: 1, numStudies: 3},
  {numStudies: 10_000},
  {tuningRuleset: 'external', tuningSearchSpace: 'a.json', numTuningTrials: 5, study: 3, numStudies: 3},
])('flags that go together: %o', (options) => {
  expect(() => requireTuningOptions(options)).not.toThrow();
});

test('indices count from 0 and end before the last, as in AlgoPerf; what lies beyond is refused', () => {
  expect(trialNumbers({}, 3)).toEqual([1, 2, 3]);
  expect(trialNumbers({hparamStartIndex: 1}, 3)).toEqual([2, 3]);
  expect(trialNumbers({hparamStartIndex: 0, hparamEndIndex: 1}, 3)).toEqual([1]);
  expect(trialNumbers({hparamEndIndex: 3}, 3)).toEqual([1, 2, 3]);
  expect(() => trialNumbers({hparamEndIndex: 4}, 3)).toThrow(
    '--hparam-end-index: must be at most the number of trials, 3, got 4',
  );
  expect(() => trialNumbers({hparamStartIndex: 3}, 3)).toThrow(
    '--hparam-start-index: must be below the number of trials, 3, got 3',
  );
  expect(() => trialNumbers({hparamStartIndex: 2, hparamEndIndex: 2}, 3)).toThrow(
    'must be below --hparam-end-index, 2, got 2',
  );
  expect(() => trialNumbers({hparamStartIndex: 9, hparamEndIndex: 4}, 3)).toThrow(
    '--hparam-end-index: must be at most the number of trials, 3, got 4\n--hparam-start-index: must be below --hparam-end-index, 4, got 9',
  );
});

const trial = (study: number | null, seconds: number | undefined, name = '') => ({
  name,
  study,
  timeToTarget: seconds === undefined ? null : {globalStep: 1, seconds},
});

test('a study is scored by its trial with the least time; of equals by the first', () => {
  expect(bestTrial([trial(1, 5, 'a'), trial(1, 3, 'b'), trial(1, undefined, 'c'), trial(1, 3, 'd')])?.name).toBe('b');
  expect(bestTrial([trial(1, undefined)])).toBeUndefined();
});

test('a workload by the median of its studies; one that missed the target counts as infinite', () => {
  const three = [trial(1, 9), trial(1, 4), trial(2, undefined), trial(3, 6), trial(3, 7)];
  // 4, never, 6.
  expect(medianTime(three)).toBe(6);
  expect(medianTime([...three, trial(4, 10)])).toBe(8);
  expect(medianTime([trial(1, 4), trial(2, undefined)])).toBe(Number.POSITIVE_INFINITY);
  expect(medianTime([trial(1, undefined), trial(2, undefined), trial(3, 1)])).toBe(Number.POSITIVE_INFINITY);
  expect(medianTime([trial(null, 2)])).toBe(2);
});
