import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {cli, numbersOf, temporaryFolder} from '../helpers/cli.js';
import {prepareSweep, SWEEP, sweptRun, WORDS} from '../helpers/sweeps.js';

const RULE = 'early_terminate: {type: hyperband, min_iter: 2, eta: 2}\n';
const PLAIN = SWEEP.replace('seeds: [1, 2]', 'seeds: [1]').replace('[0.001, 0.002]', '[0.01, 0.005, 0.00001]');
const WITH_RULE = `${PLAIN}metric: {name: loss}\n${RULE}`;
const WORST = 'learning_rate=0.00001,seed=1';

const csvOf = (folder: string): string[] =>
  readFileSync(join(folder, 'experiments', 's', 'sweep.csv'), 'utf8')
    .split('\n')
    .map((line) => line.split(',').slice(6, 9).join());
const evaluationsOf = (folder: string) => numbersOf(join(sweptRun(folder, WORST), 'eval_measurements.csv'));

test('early_terminate ends the same run whoever starts the processes, says so, and leaves it ended; without it the run goes on', async () => {
  const folder = prepareSweep(temporaryFolder(), {sweep: WITH_RULE});
  const check = await cli(folder, ['sweep', 'check', 'sweep.yaml']);
  expect(check.stdout).toContain('early_terminate: runs are judged at evaluations 2, 4, 8, 16, ...\n');
  const one = await cli(folder, [...WORDS, '--jobs', '1']);
  expect([one.code, one.stderr]).toEqual([0, expect.stringContaining(`${WORST}: terminated early, `)]);
  expect(one.stdout).toMatch(/learning_rate=0.00001,seed=1 +terminated early +10 /);
  expect(one.stdout).toContain('early_terminate has ended 1 of 3 runs early\n');
  expect(csvOf(folder)[3]).toMatch(/^terminated_early,10,2\.5/);
  const three = prepareSweep(temporaryFolder(), {sweep: WITH_RULE});
  expect((await cli(three, [...WORDS, '--jobs', '3'])).code).toBe(0);
  expect(csvOf(three)).toEqual(csvOf(folder));
  const {status, reason, official, notOfficialBecause} = JSON.parse(
    readFileSync(join(sweptRun(three, WORST), 'result.json'), 'utf8'),
  );
  expect([status, reason, official]).toEqual([
    'terminated_early',
    expect.stringMatching(/^hyperband, evaluation 2: its validation\/loss, 2.5\d*, is worse than .*among 3 runs$/),
    false,
  ]);
  expect(notOfficialBecause).toContain('early_terminate: the results of other runs ended it');
  const given = prepareSweep(temporaryFolder(), {sweep: WITH_RULE});
  const launch = [...WORDS, '--launcher', 'command', '--jobs', '2', '--template', '{command}'];
  const refused = await cli(given, [...launch, '--runs-per-task', '2']);
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining('--runs-per-task: with early_terminate a run waits for those before it'),
  ]);
  const launched = await cli(given, launch);
  expect([launched.code, launched.stderr]).toEqual([0, expect.stringContaining(`${WORST}: terminated early\n`)]);
  expect(launched.stderr).toContain('warning: early_terminate: a run whose task is still, or again, in a queue');
  expect((await cli(given, WORDS)).stderr).toBe('s: 3 runs: 3 complete; one process\n');
  expect(csvOf(given)).toEqual(csvOf(folder));
  const again = await cli(folder, WORDS);
  expect(again.stderr).toBe('s: 3 runs: 3 complete; one process\n');
  writeFileSync(join(folder, 'sweep.yaml'), PLAIN);
  const on = await cli(folder, WORDS);
  expect([on.code, on.stderr]).toEqual([0, expect.stringContaining('s: 3 runs: 2 complete, 1 unfinished')]);
  const alone = prepareSweep(temporaryFolder(), {sweep: PLAIN.replace('0.01, 0.005, ', '')});
  expect((await cli(alone, WORDS)).code).toBe(0);
  expect(evaluationsOf(folder)).toEqual(evaluationsOf(alone));
}, 600_000);
