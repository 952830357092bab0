import {cpSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {listRuns, misplacement} from '../../src/runs/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';

/** Moves a run to another place below a folder. */
function move(folder: string, from: string, to: string): void {
  mkdirSync(dirname(join(folder, to)), {recursive: true});
  renameSync(join(folder, from), join(folder, to));
}

const STUDY = 'a/study_2/mnist_tfjs/trial_3';

test.each([
  ['workload', 'a/study_2/cifar_tfjs/trial_3', 'workload cifar, and meta_data_0.json workload mnist'],
  ['study', 'a/study_1/mnist_tfjs/trial_3', 'study 1, and meta_data_0.json study 2'],
  ['study that is gone', 'a/mnist_tfjs/trial_3', 'study 1, and meta_data_0.json study 2'],
  ['trial', 'a/study_2/mnist_tfjs/trial_1', 'trial 1, and meta_data_0.json trial 3'],
  [
    'all',
    'a/study_1/wmt_tfjs/trial_1',
    'workload wmt, study 1, trial 1, and meta_data_0.json workload mnist, study 2, trial 3',
  ],
])('a run under the name of another %s is damaged, and keeps its id', (_, to, expected) => {
  const folder = temporaryFolder();
  writeRun(folder, {experiment: 'a', study: 2, trial: 3, accuracies: [0.98]});
  const [{id, status, official}] = listRuns(folder) as [ReturnType<typeof listRuns>[number]];
  expect([status, official]).toEqual(['budget_spent', true]);
  move(folder, STUDY, to);
  expect(listRuns(folder)).toMatchObject([
    {id, status: 'damaged', official: false, damage: `its folder says ${expected}: it was moved or renamed`},
  ]);
});

test('a run may be moved to another experiment, and one that recorded no study into one', () => {
  const folder = temporaryFolder();
  writeRun(folder, {experiment: 'a', study: 2, trial: 3, accuracies: [0.98]});
  writeRun(folder, {experiment: 'b', accuracies: [0.98]});
  move(folder, STUDY, `moved/${STUDY}`);
  move(folder, 'b/mnist_tfjs', 'b/study_1/mnist_tfjs');
  expect(listRuns(folder).map(({damage}) => damage)).toEqual([null, null]);
  // Below a folder that is an experiment itself, the study is still known.
  expect(listRuns(join(folder, 'moved/a')).map(({damage}) => damage)).toEqual([null]);
});

test('trials that were drawn without studies are recorded as of the first one', () => {
  expect(misplacement('a/mnist_tfjs/trial_2', {'workload.name': 'mnist', study: 1, trial: 2})).toBeUndefined();
});

test('a copy has the id of its run', () => {
  const folder = temporaryFolder();
  const path = writeRun(folder, {experiment: 'a', accuracies: [0.98]});
  cpSync(path, join(folder, 'b/study_2/mnist_tfjs/trial_1'), {recursive: true});
  writeRun(folder, {experiment: 'c', accuracies: [0.98], meta: {rng_seed: 6}});
  const [first, second, other] = listRuns(folder).map(({id}) => id);
  expect(second).toBe(first);
  expect(other).not.toBe(first);
});

test.each([
  [
    'a cut header',
    (text: string) => text.slice(text.indexOf('preemption_count')),
    'eval_measurements.csv:1: its header has no column global_step',
  ],
  [
    'a row that is none',
    (text: string) => text.replace(/\n.*\n/, '\nfoo\n'),
    'eval_measurements.csv:2: the row has 1 cell, and the header 15',
  ],
  [
    'a step that is none',
    (text: string) => text.replace(/\n(.*?,.*?,.*?,)\d+,/, '\n$1x,'),
    "eval_measurements.csv:2: global_step must be a number, found 'x'",
  ],
])('a table with %s is damage of a run without a result', (_, change, damage) => {
  const folder = temporaryFolder();
  const table = join(
    writeRun(folder, {experiment: 'a', accuracies: [0.5, 0.98], isOver: false}),
    'eval_measurements.csv',
  );
  const text = readFileSync(table, 'utf8');
  writeFileSync(table, `${text}1,2`);
  expect(listRuns(folder)).toMatchObject([{status: 'interrupted', damage: null}]);
  writeFileSync(table, change(text));
  expect(listRuns(folder)).toMatchObject([{status: 'damaged', damage}]);
});
