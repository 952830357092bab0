import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {readScores} from '../../src/report/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';

/** Two submissions of two studies each; the second one takes twice as long, and misses a study's target. */
function folderOfSubmissions(): string {
  const folder = temporaryFolder();
  for (const study of [1, 2]) {
    writeRun(folder, {experiment: 'fast', study, accuracies: [0.5, 0.98], seconds: (step) => step});
    const isMissed = study === 2;
    writeRun(folder, {
      experiment: 'slow',
      study,
      accuracies: [0.5, isMissed ? 0.6 : 0.98],
      seconds: (step) => 2 * step,
    });
  }
  return folder;
}

test('has scores, times to target and profiles, as `score` has them', async () => {
  const report = await readScores(folderOfSubmissions());
  const [scores, times] = report!.tables;
  expect(scores!.rows.map(([name, rank, score, reached]) => [name, rank, score, reached])).toEqual([
    ['fast', 1, '1.0000', '1 of 1'],
    ['slow', 2, '0.0000', '0 of 1'],
  ]);
  expect(times).toMatchObject({
    columns: ['Submission', 'mnist'],
    rows: [
      ['fast', '11.00'],
      ['slow', null],
    ],
  });
  expect(report!.profiles).toEqual({tau: [1, 4], shares: {fast: [1, 1], slow: [0, 0]}});
});

test('a profile rises where a time is reached', async () => {
  const folder = temporaryFolder();
  for (const [experiment, factor] of [
    ['fast', 1],
    ['slow', 2.5],
  ] as const)
    writeRun(folder, {
      experiment,
      config: {submission: experiment},
      accuracies: [0.5, 0.98],
      seconds: (step) => factor * step,
    });
  const {profiles, tables} = (await readScores(folder))!;
  expect(profiles).toEqual({tau: [1, 2.5, 4], shares: {fast: [1, 1, 1], slow: [0, 1, 1]}});
  expect(tables[0]!.rows[1]!.slice(0, 3)).toEqual(['slow', 2, '0.5000']);
});

test('what is missing is listed', async () => {
  const folder = folderOfSubmissions();
  writeRun(folder, {experiment: 'third', study: 1, accuracies: [0.5, 0.98]});
  expect((await readScores(folder))!.notes).toEqual(
    expect.arrayContaining([expect.stringContaining('third, mnist: 1 of 2 studies')]),
  );
});

const reached = {accuracies: [0.5, 0.98]} as const;

test('there are none of runs that differ in parameters alone', async () => {
  const folder = temporaryFolder();
  for (const experiment of ['a', 'b']) writeRun(folder, {...reached, experiment});
  expect(await readScores(folder)).toBeNull();
  writeRun(folder, {...reached, experiment: 'c', config: {submission: 'adamw'}});
  expect((await readScores(folder))!.tables[0]!.rows.map(([name]) => name)).toEqual(['a', 'b', 'c']);
});

test('the runs of a sweep are none, whatever their submissions; those beside it are', async () => {
  const folder = temporaryFolder();
  for (const experiment of ['a', 'group/b', 'sweeps/one/c', 'sweeps/one/d'])
    writeRun(folder, {...reached, experiment, config: {submission: experiment}});
  writeFileSync(join(folder, 'sweeps', 'one', 'sweep.csv'), 'run\n');
  expect(await readScores(join(folder, 'sweeps', 'one'))).toBeNull();
  const {tables, notes} = (await readScores(folder))!;
  expect(tables[0]!.rows.map(([name]) => name)).toEqual(['a', 'group/b']);
  expect(notes).toEqual([]);
});

test("AlgoPerf's own logs have them, though no target was reached: there is nothing else to show of them", async () => {
  const folder = temporaryFolder();
  for (const submission of ['lion', 'diloco']) {
    const trial = join(folder, submission, 'study_0', 'imagenet_resnet_jax', 'trial_1');
    mkdirSync(trial, {recursive: true});
    const table = 'global_step,accumulated_submission_time,validation/accuracy\n1,2,0.01\n9,18,0.5\n';
    writeFileSync(join(trial, 'eval_measurements.csv'), table);
  }
  const {tables, profiles} = (await readScores(folder))!;
  expect(tables[0]!.rows).toEqual(['diloco', 'lion'].map((name) => [name, 1, '0.0000', '0 of 1', 1, null]));
  expect(profiles).toEqual({tau: [1, 4], shares: {lion: [0, 0], diloco: [0, 0]}});
  for (const experiment of ['a', 'b'])
    writeRun(join(folder, 'ours'), {experiment, config: {submission: experiment}, accuracies: [0.5]});
  expect(await readScores(join(folder, 'ours'))).toBeNull();
});

test('there are none of one submission, and none of none', async () => {
  const folder = temporaryFolder();
  expect(await readScores(folder)).toBeNull();
  writeRun(folder, {experiment: 'alone', accuracies: [0.98]});
  expect(await readScores(folder)).toBeNull();
});
