import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {fieldNames, fieldsOf, listRuns, type RunSummary} from '../../src/runs/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';

const summary: RunSummary = {
  ...{index: 3, id: '0123456789', experiment: 'a', study: 2, workload: 'mnist', trial: 4, path: '/a', device: 'gpu'},
  ...{status: 'budget_spent', damage: null, globalStep: 7, metric: 'accuracy', submissionSeconds: 60, official: false},
  ...{best: {value: 0.5, globalStep: 5}, timeToTarget: {globalStep: 6, seconds: 9}, notOfficialBecause: ['b', 'c']},
  ...{begun: '2026-11-29', seed: 8, backend: 'wasm'},
};

/** The own fields of a run, by name. */
const ownOf = (run: RunSummary) =>
  Object.fromEntries(fieldNames.map((name) => [name, fieldsOf([run]).find(name)!.value(run)]));

describe('what every run has', () => {
  test('is found by name', () => {
    expect(ownOf(summary)).toEqual({
      ...{index: 3, id: '0123456789', experiment: 'a', study: 2, workload: 'mnist', trial: 4, status: 'budget_spent'},
      ...{steps: 7, metric: 'accuracy', best: 0.5, best_step: 5, time_to_target: 9, submission_time: 60},
      ...{official: false, not_official_because: 'b; c', seed: 8, backend: 'wasm', device: 'gpu'},
      ...{begun: '2026-11-29', damage: null, path: '/a'},
    });
  });

  test('is null where the run has none', () => {
    const none = {best: null, timeToTarget: null, notOfficialBecause: [], official: true};
    expect(ownOf({...summary, ...none})).toMatchObject({
      ...{best: null, best_step: null, time_to_target: null, not_official_because: null, steps: 7, submission_time: 60},
    });
    const unreadable = {...summary, ...none, status: 'unreadable', damage: 'denied'} as const;
    expect(ownOf(unreadable)).toMatchObject({steps: null, submission_time: null, damage: 'denied'});
  });
});

describe('keys of configs', () => {
  /** Two runs of which the second has other keys, and one whose settings can't be read. */
  function threeRuns() {
    const folder = temporaryFolder();
    const first = writeRun(folder, {experiment: 'a', config: {schedule: {lengths: [1, 2]}, index: 9, nothing: null}});
    const second = writeRun(folder, {experiment: 'b', config: {hyperparameters: {beta2: 0.9, constructor: 1}}});
    const third = writeRun(folder, {experiment: 'c', config: {hyperparameters: {beta2: 7}}});
    writeFileSync(join(first, 'hparams.json'), '{"learning_rate": 0.1, "nested": {"rate": 2}, "status": 3}');
    for (const name of ['hparams.json', 'config.yaml']) writeFileSync(join(third, name), '[');
    writeFileSync(join(second, 'hparams.json'), '[');
    const runs = listRuns(folder);
    const fields = fieldsOf(runs);
    const values = (name: string) => {
      const field = fields.find(name);
      return field && [field.name, ...runs.map((run) => field.value(run))];
    };
    return {fields, runs, values, first};
  }

  test('are dotted, and null in runs without them', () => {
    const {values} = threeRuns();
    expect(values('batch_size')).toEqual(['batch_size', 128, 128, null]);
    expect(values('schedule.lengths')).toEqual(['schedule.lengths', [1, 2], null, null]);
    expect(values('nothing')).toEqual(['nothing', null, null, null]);
    for (const name of ['schedule', 'absent', 'toString', '', 'hyperparameters']) expect(values(name)).toBeUndefined();
  });

  test('of hyperparameters go by their bare names, too, from the file that is read fastest', () => {
    const {values} = threeRuns();
    for (const name of ['learning_rate', 'hyperparameters.learning_rate'])
      expect(values(name)).toEqual([name, 0.1, null, null]);
    expect(values('nested.rate')).toEqual(['nested.rate', 2, null, null]);
    for (const name of ['beta2', 'hyperparameters.beta2']) expect(values(name)).toEqual([name, null, 0.9, null]);
    expect(values('constructor')).toEqual(['constructor', null, 1, null]);
  });

  test('do not hide what every run has', () => {
    const {values} = threeRuns();
    expect(values('status')).toEqual(['status', 'budget_spent', 'budget_spent', 'budget_spent']);
    expect(values('index')).toEqual(['index', 1, 2, 3]);
    expect(values('hyperparameters.status')).toEqual(['hyperparameters.status', 3, null, null]);
  });

  test('are all named, for near misses', () => {
    const {fields} = threeRuns();
    const names = fields.names();
    expect(names.slice(0, fieldNames.length)).toEqual(fieldNames);
    expect(names.slice(fieldNames.length)).toEqual([
      ...['learning_rate', 'nested.rate', 'beta2', 'constructor'],
      ...['submission', 'batch_size', 'schedule.lengths', 'nothing', 'hyperparameters.beta2'],
      'hyperparameters.constructor',
    ]);
  });

  test('are read once, however often they are asked for', () => {
    const {fields, runs, first} = threeRuns();
    const [rate, size] = ['learning_rate', 'batch_size'].map((name) => fields.find(name)!);
    const all = () => runs.map((run) => [rate!.value(run), size!.value(run)]);
    const before = all();
    writeFileSync(join(first, 'hparams.json'), '{"learning_rate": 7}');
    writeFileSync(join(first, 'config.yaml'), 'batch_size: 7\n');
    expect(all()).toEqual(before);
  });

  test('without runs are any that a hyperparameter could have', () => {
    const fields = fieldsOf([]);
    expect(fields.find('anything')?.name).toBe('anything');
    expect(fields.find('')).toBeUndefined();
    expect(fields.names()).toEqual(fieldNames);
  });
});
