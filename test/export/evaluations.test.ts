import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects} from 'hyparquet';
import {beforeEach, expect, test} from 'vitest';
import {exportCsv, exportParquet, exportRuns} from '../../src/export/index.js';
import {listRuns, readTable} from '../../src/runs/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
  const config = {
    submission: '=HYPERLINK("http://example.org")',
    hyperparameters: {learning_rate: 0.5, peaks: [1, 2]},
    status: '@evil',
    '+key': '-1+1',
  };
  writeRun(join(folder, 'experiments'), {experiment: 'a', accuracies: [0.25, 0.5], config});
  writeRun(join(folder, 'experiments'), {experiment: 'b/c', study: 2, trial: 3, accuracies: [0.75], isOver: false});
});

const runs = () => listRuns(join(folder, 'experiments'));

/** The rows of both forms, but for what is written in another way in each. */
const EXPECTED = [
  {experiment: 'a', study: null, trial: 1, status: 'budget_spent', official: 'true', global_step: 1, accuracy: 0.25},
  {experiment: 'a', study: null, trial: 1, status: 'budget_spent', official: 'true', global_step: 11, accuracy: 0.5},
  {experiment: 'b/c', study: 2, trial: 3, status: 'interrupted', official: null, global_step: 1, accuracy: 0.75},
];

test('the CSV file has a row for each evaluation of each run', () => {
  const file = join(folder, 'evaluations.csv');
  const exported = exportCsv(runs(), file);
  expect(exported).toMatchObject({to: file, runs: 2, evaluations: 3});
  expect(exported.notes).toEqual([expect.stringContaining('interrupted: exported as far as it goes')]);
  const text = (value: unknown) => (value === null ? '' : String(value));
  const expected = EXPECTED.map(({accuracy, ...cells}) => ({...cells, 'validation/accuracy': accuracy}));
  expect(readTable(file)).toMatchObject(
    expected.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value)]))),
  );
  expect(readTable(file)[0]).toMatchObject({
    workload: 'mnist',
    seed: '5',
    'hyperparameters.learning_rate': '0.5',
    'hyperparameters.peaks': '[1,2]',
    'test/loss': 'nan',
    'train/loss': 'inf',
  });
});

test('no cell of the CSV file is a formula', () => {
  const file = join(folder, 'evaluations.csv');
  exportCsv(runs(), file);
  const [row] = readTable(file);
  expect(row).toMatchObject({
    submission: `'=HYPERLINK("http://example.org")`,
    // A key that has the name of another column.
    'config.status': "'@evil",
    "'+key": "'-1+1",
  });
  expect(
    Object.entries(row!)
      .flat()
      .filter((cell) => /^[=+@]|^-[^\d]/.test(cell)),
  ).toEqual([]);
});

test('the Parquet file has the same rows, with texts as they are and numbers as numbers', async () => {
  const file = join(folder, 'evaluations.parquet');
  expect(await exportParquet(runs(), file)).toMatchObject({to: file, runs: 2, evaluations: 3});
  const buffer = await asyncBufferFromFile(file);
  const rows = await parquetReadObjects({file: buffer});
  const integer = (value: number | null) => (value === null ? value : BigInt(value));
  expect(rows).toMatchObject(
    EXPECTED.map(({accuracy, study, trial, global_step, ...texts}) => ({
      ...texts,
      study: integer(study),
      trial: integer(trial),
      global_step: integer(global_step),
      'validation/accuracy': accuracy,
    })),
  );
  expect(rows[0]).toMatchObject({
    submission: '=HYPERLINK("http://example.org")',
    '+key': '-1+1',
    'hyperparameters.learning_rate': 0.5,
    'test/loss': Number.NaN,
    'train/loss': Number.POSITIVE_INFINITY,
    'test/num_examples': 10000n,
  });
  expect(rows[2]).toMatchObject({'hyperparameters.learning_rate': null, batch_size: 128});
  const {schema} = await parquetMetadataAsync(buffer);
  const types = Object.fromEntries(schema.map(({name, type, converted_type}) => [name, converted_type ?? type]));
  expect(types).toMatchObject({
    experiment: 'UTF8',
    study: 'INT64',
    batch_size: 'DOUBLE',
    score: 'DOUBLE',
    begun: 'UTF8',
  });
});

test('the numbers in the CSV file are those of the runs, bit for bit', () => {
  const file = join(folder, 'evaluations.csv');
  const [run] = runs();
  exportCsv([run!], file);
  const columns = Object.keys(readTable(join(run!.path, 'eval_measurements.csv'))[0]!);
  const of = (path: string) => readTable(path).map((row) => columns.map((column) => row[column]));
  expect(of(file)).toEqual(of(join(run!.path, 'eval_measurements.csv')));
  expect(readFileSync(file, 'utf8').endsWith('\n')).toBe(true);
});

test('one file for both forms is refused', async () => {
  const [csv, parquet] = [join(folder, 'table'), join(folder, '.', 'x', '..', 'table')];
  await expect(exportRuns({experimentDir: join(folder, 'experiments'), csv, parquet})).rejects.toThrow(
    `runs export: --csv and --parquet both name ${csv}; choose two files`,
  );
});
