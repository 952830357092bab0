import {join} from 'node:path';
import {expect, test} from 'vitest';
import {withMarkNote} from '../../src/cli/official-mark.js';
import {resultText as sweepText} from '../../src/cli/sweep-tables.js';
import {resultText as trialsText} from '../../src/cli/trials-table.js';
import {readScores} from '../../src/report/index.js';
import type {TuningResult} from '../../src/tuning/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';
import {warmTool} from '../helpers/warm-tool.js';

const warm = warmTool();
const BECAUSE = ['evaluation.every_steps: evaluations are not by time', '--max-runtime'];
const NOTE = '† not official; `runs show <run>` says why';

/** Three runs that reached the target: an official one, one that is not, and one that has no result yet. */
function folderOfRuns(): string {
  const folder = temporaryFolder();
  const put = (experiment: string, run: object) =>
    writeRun(join(folder, 'experiments'), {
      experiment,
      config: {submission: experiment},
      accuracies: [0.5, 0.98],
      seconds: (step) => step,
      ...run,
    });
  put('good', {});
  put('other', {notOfficialBecause: BECAUSE});
  put('open', {isOver: false});
  return folder;
}

test('lists of runs mark a time that is not official, say what the mark means, and have the reasons for scripts', async () => {
  const folder = folderOfRuns();
  const ask = async (...words: string[]) => (await warm(folder, words)).stdout;
  const list = await ask('runs', 'list', '--sort', 'experiment', '--columns', 'experiment,time_to_target');
  expect(list.split('\n')).toEqual([
    'experiment  to target (s)',
    'good                11.00',
    'open                11.00†',
    'other               11.00†',
    NOTE,
    '',
  ]);
  expect(await ask('runs', 'list', '--where', 'experiment = good')).not.toContain('†');
  expect(
    await ask('runs', 'list', '--csv', '--columns', 'experiment,time_to_target,official,not_official_because'),
  ).toBe(
    `experiment,time_to_target,official,not_official_because
good,11,true,
open,11,,
other,11,false,${BECAUSE.join('; ')}
`,
  );
  const listed = JSON.parse(await ask('runs', 'list', '--json', '--where', 'experiment = other'));
  expect(listed).toMatchObject([{official: false, notOfficialBecause: BECAUSE}]);
  expect(await ask('runs', 'show', 'other')).toContain(
    `after 11.00 s (not official)\n  not official: ${BECAUSE.join('; ')}\n`,
  );
  expect(await ask('runs', 'show', 'open')).toContain('(not official)\n  not official: the run has no result yet\n');
  expect(await ask('runs', 'show', 'good')).toContain('after 11.00 s\n  official\n');
});

test('so does a comparison, for each run and for its groups', async () => {
  const folder = folderOfRuns();
  const {stdout} = await warm(folder, ['runs', 'compare', 'good', 'other']);
  expect(stdout).toMatch(/^A +\d +good .* 11\.00 /m);
  expect(stdout).toMatch(/^B +\d +other .* 11\.00† /m);
  expect(stdout).toContain(`\n${NOTE}\n`);
  const {groups} = JSON.parse((await warm(folder, ['runs', 'compare', 'good', 'other', '--json'])).stdout);
  expect(groups).toMatchObject([
    {official: true, runs: [{official: true, notOfficialBecause: []}]},
    {official: false, runs: [{official: false, notOfficialBecause: BECAUSE}]},
  ]);
});

test('so does a score, for the times that rest on such a run', async () => {
  const folder = folderOfRuns();
  const score = async (...words: string[]) => (await warm(folder, ['score', 'experiments', ...words])).stdout;
  const times = await score('--tables', 'times');
  expect(times).toMatch(/^good +11$/m);
  expect(times).toMatch(/^other +11†$/m);
  expect(times.trimEnd().endsWith(NOTE)).toBe(true);
  expect(await score('--tables', 'studies', '--format', 'csv')).toMatch(
    /value,official\ngood,.*,true\nopen,.*,false\nother,.*,false\n/,
  );
  const {scores} = JSON.parse(await score('--format', 'json')) as {scores: {submission: string; decisive: object[]}[]};
  const decisive = (name: string) => scores.find(({submission}) => submission === name)!.decisive;
  expect(decisive('good')).toMatchObject([{workload: 'mnist', official: true, notOfficialBecause: []}]);
  expect(decisive('other')).toMatchObject([{official: false, notOfficialBecause: BECAUSE}]);
  expect(decisive('open')).toMatchObject([{official: false, notOfficialBecause: ['its status is interrupted']}]);
  const page = await readScores(join(folder, 'experiments'));
  expect(page!.tables[1]).toMatchObject({note: expect.stringContaining('A time with † is not official.')});
  expect(page!.tables[1]!.rows).toEqual(
    expect.arrayContaining([
      ['good', '11.00'],
      ['other', '11.00†'],
    ]),
  );
});

const TRIAL = {
  status: 'target_reached',
  reason: 'x',
  globalStep: 9,
  best: null,
  timeToTarget: {globalStep: 9, seconds: 5},
};

test('so do trials, in their rows, for their studies, and for the workload', () => {
  const text = (official: boolean): string =>
    trialsText({
      workload: 'mnist',
      metric: 'accuracy',
      trials: [
        {...TRIAL, study: 1, trial: 1, official},
        {...TRIAL, study: 2, trial: 1, official: true},
      ],
      studies: [
        {study: 1, bestTrial: 1, secondsToTarget: 5, official},
        {study: 2, bestTrial: 1, secondsToTarget: 5, official: true},
      ],
      secondsToTarget: 5,
      official,
    } as unknown as TuningResult);
  expect(text(true)).not.toMatch(/official|†/);
  expect(
    text(false)
      .split('\n')
      .map((line) => line.replace(/ +/g, ' ')),
  ).toEqual([
    'study trial status steps accuracy at step to target (s)',
    '1 1 target reached 9 - - 5.00†',
    '2 1 target reached 9 - - 5.00',
    NOTE,
    'study 1: trial 1, target reached after 5.00 s (not official)',
    'study 2: trial 1, target reached after 5.00 s',
    'mnist: target reached after 5.00 s, the median of 2 studies (not official)',
  ]);
});

test('so does a sweep', () => {
  const row = (name: string, official: boolean | null): object => ({
    ...TRIAL,
    run: {name, workload: 'mnist', run: {workload: {metrics: {accuracy: 'maximize'}}}},
    metric: 'validation/accuracy',
    value: 0.5,
    secondsToTarget: 5,
    official,
  });
  const text = (rows: object[]): string =>
    sweepText({plan: {sweep: {workloads: ['mnist']}}, rows} as unknown as Parameters<typeof sweepText>[0]);
  expect(text([row('a', true)])).not.toContain('†');
  expect(text([row('a', true), row('b', false)])).toMatch(/^a .* 5\.00\nb .* 5\.00†\n† not official; .*$/m);
});

test('a name with the sign in it is no mark', () => {
  expect(withMarkNote('run†  5.00')).toBe('run†  5.00');
});
