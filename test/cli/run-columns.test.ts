import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {columnNames, defaultColumns, tableOf} from '../../src/cli/run-columns.js';
import {fieldsOf, listedRun, listRuns, type RunSummary, readSettings} from '../../src/runs/index.js';
import {temporaryFolder} from '../helpers/cli.js';

function runsIn(...places: string[]) {
  const folder = temporaryFolder();
  for (const [i, place] of places.entries()) {
    const path = join(folder, place);
    mkdirSync(path, {recursive: true});
    writeFileSync(
      join(path, 'config.yaml'),
      `hyperparameters: {learning_rate: ${i}.5}\nschedule: {alter_decays: [0, 1]}\n`,
    );
    writeFileSync(join(path, 'overrides.json'), '{"hyperparameters.learning_rate": 7}');
    const meta = {begun: `2026-01-0${i + 1}`, rng_seed: i, backend: 'wasm', 'workload.name': 'mnist'};
    writeFileSync(join(path, 'meta_data_0.json'), JSON.stringify(meta));
  }
  return listRuns(folder).map(listedRun);
}

const tableIn = (runs: readonly RunSummary[], names: readonly string[]) => tableOf(runs, names, fieldsOf(runs));

test('a run has its settings', () => {
  expect(runsIn('a/mnist_tfjs/trial_1')).toMatchObject([
    {
      experiment: 'a',
      seed: 0,
      backend: 'wasm',
      best: null,
      metric: null,
      config: {hyperparameters: {learning_rate: 0.5}},
      overrides: {'hyperparameters.learning_rate': 7},
    },
  ]);
  expect(readSettings('/nowhere')).toEqual({seed: null, backend: null, config: null, overrides: null});
});

test('the table has columns and keys of the configs, as they are asked for', () => {
  const runs = runsIn('a/mnist_tfjs/trial_1', 'b/mnist_tfjs/trial_1');
  expect(tableIn(runs, ['seed', 'experiment', 'hyperparameters.learning_rate', 'schedule.alter_decays'])).toEqual({
    headers: ['seed', 'experiment', 'hyperparameters.learning_rate', 'schedule.alter_decays'],
    rows: [
      ['0', 'a', '0.5', '[0,1]'],
      ['1', 'b', '1.5', '[0,1]'],
    ],
  });
  expect(tableIn(runs, columnNames).rows[0]).toHaveLength(columnNames.length);
});

test.each([
  ['sed', "--columns: no run has 'sed'. Did you mean `seed`?"],
  ['hyperparameters.learning_rat', 'Did you mean `hyperparameters.learning_rate`?'],
  ['', "no run has ''"],
  ['constructor', "no run has 'constructor'"],
  ['hyperparameters', "no run has 'hyperparameters'"],
])("a column '%s' that there is not is refused", (name, message) => {
  expect(() => tableIn(runsIn('a/mnist_tfjs/trial_1'), ['seed', name])).toThrow(message);
});

test('study, trial and damage are shown where there are any', () => {
  const plain = ['index', 'id', 'experiment', 'workload', 'status', 'steps'];
  plain.push('best', 'best_step', 'time_to_target', 'submission_time');
  expect(defaultColumns(runsIn('a/mnist_tfjs/trial_1'))).toEqual(plain);
  expect(defaultColumns(runsIn('a/study_1/mnist_tfjs/trial_2'))).toEqual(
    expect.arrayContaining([...plain, 'study', 'trial']),
  );
});
