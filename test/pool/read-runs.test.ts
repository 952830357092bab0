import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import type {WorkloadFolder} from '../../src/pool/find-folders.js';
import {hashOfLogs, readRuns} from '../../src/pool/read-runs.js';
import {isSelfTuning} from '../../src/pool/targets.js';
import {takeLock} from '../../src/runs/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';
import {writeTable} from './folders.js';

let path = '';
beforeEach(() => {
  path = temporaryFolder();
});

const target = {goal: 'maximize', value: 0.9, inclusive: true} as const;

/** The runs of the folder, of trials with folders and of text logs. */
function read(trials: readonly string[], logs: readonly string[] = [], isOurs = false) {
  const folder: WorkloadFolder = {submission: 'a', study: '', workload: 'w', isOurs, path, trials, logs};
  return readRuns(folder, {metric: 'm', target, relaxedBy: 0});
}

/** A text log of trials, each with an evaluation at as many seconds as its number, or with none. */
function writeLog(name: string, trials: readonly number[], isEvaluated = true): void {
  const lines = trials.flatMap((n) => [
    `submission_runner.py:551] --- Tuning run ${n}/5 ---`,
    ...(isEvaluated ? [`Time since start: 1s, \tStep: 7, \t{'score': ${n}, 'validation/m': 0.5}`] : []),
  ]);
  writeFileSync(join(path, name), `${lines.join('\n')}\n`);
}

test('runs are in the order of their trials, wherever they are from; a table goes before a log', () => {
  writeTable(path, 'trial_2', 'm', [[20, 0.5]]);
  writeTable(path, 'trial_4', 'm', []);
  mkdirSync(join(path, 'trial_3'));
  writeLog('one.log', [5, 3, 2, 1, 4]);
  const {runs, begunAgain} = read(['trial_2', 'trial_3', 'trial_4'], ['one.log']);
  expect(runs.map(({trial, evaluations}) => [trial, evaluations.last?.seconds])).toEqual([
    ['trial_1', 1],
    ['trial_2', 20],
    ['trial_3', 3],
    ['trial_4', undefined],
    ['trial_5', 5],
  ]);
  expect(begunAgain).toEqual([]);
  expect(hashOfLogs(runs)).toMatch(/^[0-9a-f]{64}$/);
  expect(hashOfLogs([...runs].reverse())).toBe(hashOfLogs(runs));
  expect(hashOfLogs(runs.slice(1))).not.toBe(hashOfLogs(runs));
});

test('a table that is damaged, or is none, is not passed over for a log', () => {
  writeTable(path, 'trial_1', 'm', [[1, 'high']]);
  mkdirSync(join(path, 'trial_2', 'eval_measurements.csv'), {recursive: true});
  writeLog('one.log', [1, 2]);
  const {runs} = read(['trial_1', 'trial_2'], ['one.log']);
  expect(
    runs.map(({trial, damage, hash, evaluations}) => [trial, damage, hash !== undefined, evaluations.count]),
  ).toEqual([
    ['trial_1', expect.stringContaining("must be a number, found 'high'"), true, 0],
    ['trial_2', expect.stringContaining('it is not a file'), false, 0],
  ]);
});

test('a trial that was begun in one log and evaluated in another counts once', () => {
  writeLog('one.log', [1, 2], false);
  writeLog('two.log', [1]);
  const {runs, begunAgain} = read([], ['one.log', 'two.log']);
  expect(runs.map(({trial, path, evaluations}) => [trial, path, evaluations.count])).toEqual([
    ['trial_1', join(path, 'two.log'), 1],
    ['trial_2', join(path, 'one.log'), 0],
  ]);
  expect(begunAgain.map(({trial, path}) => [trial, path])).toEqual([['trial_1', join(path, 'one.log')]]);
});

test("how this tool's runs stand is in their folders; who tunes itself, too", async () => {
  const self = {meta: {tuning_ruleset: 'self'}};
  const [one] = [1, 2, 3].map((trial) =>
    writeRun(path, {experiment: 'a', trial, accuracies: [0.5], isOver: trial === 3, ...(trial === 2 && self)}),
  );
  await takeLock(one!);
  const folder = join(one!, '..');
  const found = {submission: 'a', study: '', workload: 'mnist', isOurs: true, path: folder, logs: []};
  const trials = ['trial_1', 'trial_2', 'trial_3'];
  const {runs} = readRuns({...found, trials}, {metric: 'accuracy', target, relaxedBy: 0});
  expect(runs.map(({status, official, isOurs}) => [status, official, isOurs])).toEqual([
    ['running', undefined, true],
    ['interrupted', undefined, true],
    ['budget_spent', true, true],
  ]);
  expect(isSelfTuning([{...found, trials: ['trial_1', 'trial_9']}])).toBe(false);
  expect(isSelfTuning([{...found, trials}])).toBe(true);
  expect(isSelfTuning([{...found, trials, isOurs: false}])).toBe(false);
});
