import {rmSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {takeLock} from '../../src/runs/index.js';
import {idOf, recordedId} from '../../src/runs/recorded-place.js';
import {runStatuses, summaryOf, unreadableSummary} from '../../src/runs/summary.js';
import {temporaryFolder} from '../helpers/cli.js';
import {stoppedResult, writeRun} from '../helpers/run-folders.js';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});

const nothing = {
  ...{metric: null, best: null, timeToTarget: null, submissionSeconds: 0, globalStep: 0},
  ...{official: null, notOfficialBecause: [], begun: null, seed: null, backend: null, device: null},
};

describe('the summary of a run', () => {
  test('that is over is that of its result, with what it was begun as', () => {
    const path = writeRun(folder, {experiment: 'a', study: 2, trial: 3, meta: {device: 'gpu'}});
    const facts = {
      globalStep: 7,
      timeToTarget: {globalStep: 5, seconds: 9},
      official: false,
      notOfficialBecause: ['b'],
    };
    const best = {value: 0.5, globalStep: 4, seconds: 8};
    writeFileSync(join(path, 'result.json'), JSON.stringify({...stoppedResult, ...facts, best}));
    expect(summaryOf(folder, path)).toEqual({
      ...{id: expect.stringMatching(/^[0-9a-f]{10}$/), experiment: 'a', study: 2, workload: 'mnist', trial: 3, path},
      ...{status: 'stopped', damage: null, metric: 'accuracy', submissionSeconds: 60, best, ...facts},
      ...{begun: '2026-11-29T02:41:37.718Z', seed: 5, backend: 'wasm', device: 'gpu'},
    });
    const {official: _, notOfficialBecause: __, ...old} = stoppedResult;
    writeFileSync(join(path, 'result.json'), JSON.stringify(old));
    expect(summaryOf(folder, path)).toMatchObject({official: null, notOfficialBecause: []});
  });

  test('that has no result is that of its tables and of what its process recorded', () => {
    const meta = {not_official_because: ['of a clock', 7]};
    const path = writeRun(folder, {experiment: 'a', accuracies: [0.5, 0.98, 0.99], isOver: false, meta});
    expect(summaryOf(folder, path)).toMatchObject({
      ...{study: null, trial: 1, status: 'interrupted', damage: null, globalStep: 21, metric: 'accuracy'},
      ...{best: {value: 0.99, globalStep: 21}, timeToTarget: {globalStep: 11, seconds: 0.1 + 11 / 7}},
      ...{submissionSeconds: 0.1 + 3, official: null, notOfficialBecause: ['of a clock', '7']},
    });
    expect(runStatuses).toEqual(expect.arrayContaining(['running', 'interrupted', 'damaged', 'unreadable', 'failed']));
  });

  test('that has done nothing has nothing', () => {
    const path = writeRun(folder, {experiment: 'a', isOver: false});
    expect(summaryOf(folder, path)).toMatchObject({
      ...{status: 'interrupted', globalStep: 0, best: null, timeToTarget: null, submissionSeconds: 0},
    });
    for (const file of ['meta_data_0.json', 'eval_measurements.csv']) rmSync(join(path, file));
    const begun = new Date('2026-01-02T03:04:05.000Z');
    utimesSync(path, begun, begun);
    expect(summaryOf(folder, path)).toEqual({
      ...{
        ...nothing,
        id: idOf('a/mnist_tfjs/trial_1'),
        experiment: 'a',
        study: null,
        workload: 'mnist',
        trial: 1,
        path,
      },
      ...{status: 'interrupted', damage: null, begun: begun.toISOString()},
    });
  });

  test('whose result was written too early, or is none, is damaged', () => {
    const path = writeRun(folder, {experiment: 'a', accuracies: [0.98]});
    writeFileSync(join(path, 'LOCK'), '');
    expect(summaryOf(folder, path)).toMatchObject({
      ...{status: 'damaged', globalStep: 1, official: null},
      damage: 'result.json was written before the run had ended: LOCK is still there',
    });
    rmSync(join(path, 'LOCK'));
    writeFileSync(join(path, 'result.json'), '{}');
    writeFileSync(join(path, 'eval_measurements.csv'), '');
    expect(summaryOf(folder, path)).toMatchObject({
      ...{status: 'damaged', damage: 'result.json holds no result of a run', globalStep: 0},
    });
    rmSync(join(path, 'result.json'));
    expect(summaryOf(folder, path).damage).toBe('eval_measurements.csv is empty, or its header is cut off');
  });

  test('that lies elsewhere than it was begun is not official, whatever else it says', () => {
    const path = writeRun(folder, {experiment: 'a', accuracies: [0.98], meta: {trial: 4}, notOfficialBecause: ['b']});
    const damage = 'its folder says trial 1, and meta_data_0.json trial 4: it was moved or renamed';
    expect(summaryOf(folder, path)).toMatchObject({
      ...{status: 'damaged', damage, official: false, globalStep: 1, notOfficialBecause: ['b', damage]},
    });
  });

  test('that is gone while it is looked at says so', () => {
    const path = join(folder, 'a', 'study_2', 'mnist_tfjs', 'trial_1');
    expect(summaryOf(folder, path)).toEqual({
      ...{...nothing, id: idOf('a/study_2/mnist_tfjs/trial_1'), path, status: 'unreadable'},
      ...{experiment: 'a', study: 2, workload: 'mnist', trial: 1},
      damage: expect.stringMatching(/^it can't be read \(ENOENT.*\)$/),
    });
  });
});

test('a folder that can not be looked into is a row of what its path says', () => {
  const path = join(folder, 'lost', 'found');
  expect(unreadableSummary(folder, {path, reason: 'denied'})).toEqual({
    ...{...nothing, id: idOf('lost/found'), path, status: 'unreadable', damage: 'denied'},
    ...{experiment: 'lost/found', study: null, workload: null, trial: null},
  });
});

describe('the id of a run', () => {
  const facts = {begun: '2026', rng_seed: 5, 'workload.name': 'mnist'};

  test('is made from when and as what it was begun', () => {
    const id = recordedId(facts);
    expect(id).toBe(idOf('2026', 5, 'mnist', null, 1));
    expect(recordedId({...facts, trial: 1, study: null})).toBe(id);
    const others = [{begun: '2027'}, {rng_seed: 6}, {'workload.name': 'wmt'}, {study: 1}, {trial: 2}];
    const ids = others.map((other) => recordedId({...facts, ...other}));
    expect(new Set([id, ...ids]).size).toBe(6);
    expect(recordedId({...facts, study: 2, trial: 3})).toBe(idOf('2026', 5, 'mnist', 2, 3));
  });

  test('is not known where its beginning is not', () => {
    expect([recordedId({}), recordedId({...facts, begun: 7}), recordedId({...facts, begun: null})]).toEqual([
      ...[undefined, undefined, undefined],
    ]);
  });
});

test('a run that is under way is running, whatever its files say', async () => {
  const path = writeRun(folder, {experiment: 'a', isOver: false});
  const lock = await takeLock(path);
  expect(summaryOf(folder, path).status).toBe('running');
  lock.release();
  expect(summaryOf(folder, path).status).toBe('interrupted');
});
