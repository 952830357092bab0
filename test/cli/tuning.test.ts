import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {cli, finished, start, temporaryFolder, testBackend, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {folderWithSubmission} from '../helpers/submission.js';

const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

/** A submission that ends as its point says, and keeps something in its module. */
const ENDINGS: readonly (readonly [string, string])[] = [
  ['type Nothing = never;', 'let calls = 0;'],
  [
    "  program.run('step', {batch});\n  return {};",
    `  const {ending} = config.hyperparameters;
  if (ending === 'throws') throw new Error('no further');
  if (ending === 'exits') process.exit(0);
  if (ending === 'crashes') process.kill(process.pid, 'SIGSEGV');
  if (ending === 'crashes') for (;;);
  program.run('step', {batch});
  calls += 1;
  return {trainingComplete: calls === 2};`,
  ],
  ['{program, batch}', '{program, batch, config}'],
];

test('trials that bring their process down are recorded, and leave nothing behind for those after them', async () => {
  const folder = folderWithSubmission(...ENDINGS);
  const points = ['fine', 'crashes', 'exits', 'throws', 'fine'].map((ending) => ({ending}));
  writeFileSync(join(folder, 'space.json'), JSON.stringify(points));
  const words = [
    ...['run', '--workload', 'mnist', '--config', 'small.yaml', '--submission', './mine.ts', '--data-dir', 'data'],
    ...[
      '--backend',
      testBackend,
      '--tuning-search-space',
      'space.json',
      '--num-tuning-trials',
      '5',
      '--experiment-name',
      'a',
    ],
  ];
  const {code, stdout, stderr} = await cli(folder, words);
  expect(code, stderr).toBe(3);
  const [header, ...rows] = stdout.split('\n');
  expect(header).toMatch(/^trial +status +steps +accuracy +at step +to target \(s\)$/);
  expect(rows.slice(0, 5).map((row) => row.split(/ {2,}/).slice(0, 2))).toEqual([
    ['1', 'budget spent'],
    ['2', 'failed'],
    ['3', 'failed'],
    ['4', 'failed'],
    ['5', 'budget spent'],
  ]);
  const reasons = [2, 3, 4].map(
    (trial) => json(join(folder, 'experiments', 'a', 'mnist_tfjs', `trial_${trial}`, 'result.json')).reason,
  );
  expect(reasons).toEqual([
    'its process was ended by SIGSEGV',
    expect.stringContaining('process.exit was called with 0'),
    expect.stringContaining('no further'),
  ]);
  for (const reason of reasons) expect(stdout).toContain(reason.split('\n')[0]);
  expect(stderr).toContain('The trials that are left continue in a new process.'.slice(4));
  // What the module keeps is new in each trial.
  for (const trial of [1, 5])
    expect(json(join(folder, 'experiments', 'a', 'mnist_tfjs', `trial_${trial}`, 'result.json')).globalStep).toBe(2);
});

test('Ctrl-C leaves a checkpoint of the trial and ends all; the same command continues', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  writeConfig(folder);
  const words = [
    ...[
      'run',
      '--workload',
      'mnist',
      '--config',
      'small.yaml',
      '--data-dir',
      'data',
      '--backend',
      testBackend,
      '--num-studies',
      '2',
    ],
    ...['--rng-seed', '1', '--experiment-name', 'a', '--set', 'schedule.budget_steps=1000000'],
  ];
  const child = start(folder, words);
  const end = finished(child);
  child.stderr!.on('data', (text) => /step 10:/.test(String(text)) && child.kill('SIGINT'));
  const {code, stderr} = await end;
  expect(code, stderr).toBe(130);
  expect(stderr).toContain('interrupted; to continue: the same command\n');
  const again = await cli(folder, [...words, '--max-global-steps', '1', '--quiet', '--json']);
  expect(again.code, again.stderr).toBe(0);
  const [first, second] = JSON.parse(again.stdout).trials;
  expect(first.globalStep).toBeGreaterThanOrEqual(10);
  expect(second).toMatchObject({status: 'stopped', globalStep: 1});
});

test('a dry run shows the trials with their configs, and writes nothing', async () => {
  const folder = temporaryFolder();
  writeConfig(folder);
  const words = ['run', '--workload', 'mnist', '--config', 'small.yaml', '--dry-run'];
  const space = {learning_rate: {min: 0.001, max: 0.01, scaling: 'log'}};
  writeFileSync(join(folder, 'space.json'), JSON.stringify(space));
  const tuned = await cli(folder, [
    ...words,
    '--json',
    '--tuning-search-space',
    'space.json',
    '--num-tuning-trials',
    '3',
    '--num-studies',
    '2',
  ]);
  expect(tuned.code, tuned.stderr).toBe(0);
  const {trials, rngSeed, isSeedDrawn} = JSON.parse(tuned.stdout);
  expect(isSeedDrawn).toBe(true);
  expect(trials).toHaveLength(6);
  expect(trials[4].config.hyperparameters.learning_rate).toBe(trials[4].point.learning_rate);
  expect(trials[4].path).toMatch(/^experiments\/small-[\d-]+\/study_2\/mnist_tfjs\/trial_2$/);
  const single = await cli(folder, [...words, '--rng-seed', '4', '--experiment-name', 'b']);
  expect(single.stdout).toMatch(
    /^experiments\/b: 1 trial: 1 new; seed 4\ntrial +seed +state\n1 +4 +new\n---\n# trial 1\nsubmission: cyclic\n/,
  );
  expect(Number.isSafeInteger(rngSeed)).toBe(true);
  const none = await cli(folder, [...words.slice(0, -1), '--num-studies', '2', '--resume', '--experiment-name', 'c']);
  expect([none.code, none.stderr]).toEqual([
    2,
    '--resume: there are no trials of c; leave out --resume to begin them\n',
  ]);
  rmSync(join(folder, 'space.json'));
  expect(readdirSync(folder)).toEqual(['small.yaml']);
});
