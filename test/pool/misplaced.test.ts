import {cpSync, renameSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {type ScoreOptions, scoreRuns} from '../../src/pool/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';

const reached = [0.5, 0.98];

async function scored(dir: string, options: ScoreOptions = {}) {
  const {scores, problems, pool, numStudies} = await scoreRuns({dirs: [dir], ...options});
  return {
    numStudies,
    runs: pool.runs,
    problems: problems.map(({kind, study, what}) => [kind, study, what]),
    scores: Object.fromEntries(scores.map(({submission, reached, official}) => [submission, [reached, official]])),
  };
}

test('a run under the name of another workload is left out, whatever that workload asks for', async () => {
  const dir = temporaryFolder();
  writeRun(dir, {experiment: 'a', accuracies: reached});
  expect((await scored(dir)).scores).toEqual({a: [1, true]});
  renameSync(join(dir, 'a', 'mnist_tfjs'), join(dir, 'a', 'cifar_tfjs'));
  const what = 'left out: its folder says workload cifar, and meta_data_0.json workload mnist: it was moved or renamed';
  expect(await scored(dir)).toMatchObject({problems: [['misplaced', null, what]], scores: {a: [0, false]}});
  await expect(scored(dir, {strict: true, numStudies: 1, numTrials: 1})).rejects.toThrow(what);
});

test('of copies of a run the first counts, and there is one study', async () => {
  const dir = temporaryFolder();
  const place = (study: number) => join(dir, 'a', `study_${study}`, 'mnist_tfjs', 'trial_1');
  renameSync(join(writeRun(temporaryFolder(), {experiment: 'a', accuracies: reached}), '../..'), join(dir, 'a'));
  cpSync(join(dir, 'a'), join(dir, 'b'), {recursive: true});
  for (const study of [1, 2, 3]) cpSync(join(dir, 'b', 'mnist_tfjs'), join(place(study), '..'), {recursive: true});
  const {runs, numStudies, problems, scores} = await scored(dir, {include: ['a']});
  expect([runs, numStudies, scores]).toEqual([1, 1, {a: [1, true]}]);
  expect(problems.map(([kind, study]) => [kind, study])).toEqual(
    [1, 2, 3].map((study) => ['copied', `study_${study}`]),
  );
  expect(problems[0]![2]).toMatch(/left out: a copy of .*a\/mnist_tfjs\/trial_1, with the same id [0-9a-f]{10}$/);
  await expect(scored(dir, {include: ['a'], strict: true, numStudies: 1, numTrials: 1})).rejects.toThrow('a copy of');
});

test('a copy in the place of another study hides no run in its own', async () => {
  const dir = temporaryFolder();
  const second = writeRun(dir, {experiment: 'a', study: 2, accuracies: reached});
  cpSync(second, second.replace('study_2', 'study_1'), {recursive: true});
  const {problems, runs} = await scored(dir);
  expect([runs, problems.map(([kind, study]) => [kind, study])]).toEqual([2, [['misplaced', 'study_1']]]);
});

test('an unfinished run that has reached the target counts with its time, and is listed', async () => {
  const dir = temporaryFolder();
  writeRun(dir, {experiment: 'open', accuracies: reached, isOver: false});
  writeRun(dir, {experiment: 'short', accuracies: [0.5], isOver: false});
  const {scores, problems} = await scored(dir);
  expect(scores).toEqual({open: [1, null], short: [0, null]});
  expect(problems.map(([kind]) => kind)).toEqual(['unfinished', 'unfinished']);
});
