import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {estimateText, fitText, inSeconds} from '../../src/cli/estimate-text.js';
import {createWatcher} from '../../src/cli/run-watcher.js';
import {createLog} from '../../src/support/index.js';
import {fitOf, type ProgressView, type RunLength} from '../../src/training/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {length, speed} from '../helpers/run-lengths.js';

test('an estimate in words, with numbers where the schedule does not fit', () => {
  const text = (change: Partial<RunLength>, trials: number) =>
    estimateText({...fitOf(speed, {...length, ...change}), timedSteps: 300}, trials).split('\n');
  expect(text({}, 1)).toEqual([
    'a step takes 10 ms (300 steps timed), an evaluation 2.00 s',
    '  schedule     5,000 steps take 50.0 s, within the budget of 60.0 s',
    '  evaluations  about 6, 12.0 s: 19 % of the time',
    '  one trial    about 62.0 s, if no target ends it before',
  ]);
  const [, schedule, , , all] = text({totalSteps: 9000}, 15);
  expect(schedule).toBe(
    '  schedule     9,000 steps take 90.0 s: does NOT fit the budget of 60.0 s, which ends it after 6,000 steps (66 %)',
  );
  expect(all).toBe('  15 trials    about 18.5 min');
  expect(text({totalSteps: undefined}, 1)[1]).toBe(
    '  schedule     of no known length; the budget of 60.0 s has room for 6,000 steps',
  );
});

test.each([
  [0.00372, '3.7 ms'],
  [28.94, '28.9 s'],
  [456, '7.60 min'],
  [7560, '2.10 h'],
])('%f s in a unit that people read', (seconds, text) => expect(inSeconds(seconds)).toBe(text));

describe('during a run', () => {
  const since = {globalStep: 1, submission: 1};
  const view = (change: Partial<ProgressView>): ProgressView => ({
    globalStep: 201,
    totalSteps: 5001,
    budgetSeconds: 60,
    loss: undefined,
    learningRate: undefined,
    note: undefined,
    latest: undefined,
    evaluated: undefined,
    times: {submission: 3, evaluation: 9, logging: 9, total: 21},
    ...change,
  });

  test('it is said whether the schedule fits: the first step, in which things are compiled, is no measure', () => {
    // 200 steps in 2 s; 1 s for the first.
    expect(fitText(view({}), since)).toEqual({
      text: "at 10 ms a step the schedule's 5,001 steps take about 51.0 s, within the budget of 60.0 s",
      fits: true,
    });
    expect(fitText(view({totalSteps: 10_000}), since)).toEqual({
      text: "at 10 ms a step the schedule's 10,000 steps take about 101 s: the budget of 60.0 s ends it after about 5,901 steps (59 %)",
      fits: false,
    });
  });

  test('a run says it once, and a warning where it does not fit; so does the next run of the same process', () => {
    const lines: string[] = [];
    const log = createLog({write: (line) => void lines.push(line)}, 'info');
    const watcher = createWatcher({log, tell: () => {}, terminal: undefined, metric: 'accuracy'});
    const logFile = join(temporaryFolder(), 'log.jsonl');
    for (const totalSteps of [5001, 10_000]) {
      watcher.folder({path: 'a', experiment: 'a', logFile});
      watcher.progress(view({totalSteps, globalStep: 1, times: {submission: 1, evaluation: 0, logging: 0, total: 1}}));
      for (const globalStep of [201, 202]) watcher.progress(view({totalSteps, globalStep}));
    }
    const said = lines.map((line) => JSON.parse(line)).filter(({msg}) => msg.includes('a step'));
    expect(said.map(({level, msg}) => [level, /within|ends it/.exec(msg)?.[0]])).toEqual([
      [30, 'within'],
      [40, 'ends it'],
    ]);
  });

  test.each<[string, Partial<ProgressView>]>([
    ['too little time', {times: {submission: 2.9, evaluation: 0, logging: 0, total: 3}}],
    ['no budget', {budgetSeconds: undefined}],
    ['no known length', {totalSteps: undefined}],
  ])('nothing is said with %s', (_, change) => expect(fitText(view(change), since)).toBeUndefined());
});
