import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {type ListedRun, listedRun, listRuns, runsWhere, sortedRuns} from '../../src/runs/index.js';
import {isTrue} from '../../src/runs/where.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';

let runs: ListedRun[] = [];

/** `a`: 0.97 not reached, rate 0.001; `b`: reached, rate 0.01; `c`: interrupted, its own names. */
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-where-'));
  const hparams = (path: string, text: string) => writeFileSync(join(path, 'hparams.json'), text);
  writeRun(folder, {experiment: 'a', accuracies: [0.5, 0.9], config: {schedule: {cycles: [1, 2], name: 'two words'}}});
  hparams(
    writeRun(folder, {experiment: 'b', accuracies: [0.5, 0.99]}),
    '{"learning_rate": 0.01, "weight_decay": null}',
  );
  hparams(
    writeRun(folder, {experiment: 'c', accuracies: [0.6], isOver: false}),
    '{"learning_rate": "auto", "or": 3, "nested": {"x": 7}}',
  );
  runs = listRuns(folder).map(listedRun);
  return () => rmSync(folder, {recursive: true});
});

const namesOf = (some: readonly ListedRun[]) => some.map(({experiment}) => experiment).join('');
const where = (filter: string) => namesOf(runsWhere(runs, filter));

describe('a filter', () => {
  test.each([
    ['learning_rate < 0.01', 'a'],
    ['status = interrupted', 'c'],
    ['learning_rate <= 1e-2', 'ab'],
    ['learning_rate>.001', 'b'],
    ['learning_rate >= .001 and time_to_target = null', 'a'],
    ['learning_rate >= .01', 'b'],
    ['learning_rate >= .02', ''],
    ['hyperparameters.learning_rate == 0.01', 'b'],
    ['learning_rate = auto', 'c'],
    ['learning_rate != auto', 'ab'],
    // Nothing is less or more than what is not there, nor than a value of another kind.
    ['weight_decay < 1 or weight_decay >= 1', ''],
    ['learning_rate < zzz', 'c'],
    ['status = complete', 'ab'],
    ['status in [complete, failed]', 'ab'],
    ['status not in [complete]', 'c'],
    ['not status = complete', 'c'],
    ['STATUS = interrupted', undefined],
    ['status = budget_spent AND NOT experiment = a', 'b'],
    ['experiment = a or experiment = b and learning_rate = 5', 'a'],
    ['(experiment = a or experiment = b) and learning_rate = 5', ''],
    [`${'not ('.repeat(250)}seed = 5${')'.repeat(250)}`, 'abc'],
    ['not not (experiment in ["a", \'c\'])', 'ac'],
    ['schedule.name = "two words"', 'a'],
    ["schedule.name = 'two words'", 'a'],
    ['schedule.name = "two\\ words"', 'a'],
    ['schedule.cycles = [1, 2]', 'a'],
    ['schedule.cycles = [2, 1]', ''],
    ['"or" = 3', 'c'],
    ['nested.x in [7]', 'c'],
    ['study = null', 'abc'],
    ['official = true', 'ab'],
    ['index > 1 and trial in [1, 2]', 'bc'],
    ['begun > 2026-11-28', 'abc'],
    ['learning_rate in []', ''],
  ])('%s', (filter, expected) => {
    if (expected === undefined) expect(() => where(filter)).toThrow("no run has 'STATUS'. Did you mean `status`?");
    else expect(where(filter)).toBe(expected);
  });

  test.each([
    ['', 'expected a key, such as `status` or `learning_rate`, found the end\n  \n  ^'],
    ['learning_rat < 1', "no run has 'learning_rat'. Did you mean `learning_rate`? There are: index, id,"],
    ['best > 1 and sed = 2', 'There are: index, id, experiment, study, workload, trial, status, steps'],
    ['status = complet', "there is no status 'complet'. Did you mean `complete`? There are: running,"],
    ['status in [failed, done]', "there is no status 'done'. There are:"],
    ['seed <', 'expected a value, found the end\n  seed <\n        ^'],
    ['seed < and', "expected a value, found 'and'\n  seed < and\n         ^"],
    ['seed 3', "expected = != < <= > >= or in, found '3'\n  seed 3\n       ^"],
    ['seed ! 3', "'!' means nothing here\n  seed ! 3\n       ^"],
    ['seed = "3', 'this quote is not closed\n  seed = "3\n         ^'],
    ['(seed = 3', 'expected `and`, `or` or `)`, found the end'],
    ['seed = 3)', "expected `and`, `or` or the end, found ')'\n  seed = 3)\n          ^"],
    ['seed = 3 seed = 4', "expected `and`, `or` or the end, found 'seed'"],
    ['seed in 3', 'in takes a list, such as [1, 2]\n  seed in 3\n          ^'],
    ['seed in [1 2]', "expected `,` or `]`, found '2'"],
    ['seed not 3', "expected `in`, found '3'"],
    ['seed < [1]', '< compares seed with a number or a string'],
    ['seed > null', '> compares seed with a number or a string'],
    [
      'best > NaN',
      '> compares numbers with numbers and strings with strings; best is never a string, but for instance 0.6',
    ],
    ['begun < 5', 'begun is never a number, but for instance'],
    ['in = 3', "expected a key, such as `status` or `learning_rate`, found 'in'"],
    ['__proto__ = 3', "no run has '__proto__'"],
    [`${'not '.repeat(501)}seed = 1`, 'there are 501 of `not`, `(` and `[` in the filter; at most 500 are read'],
    [`seed in ${'['.repeat(20_000)}`, 'there are 20000 of'],
  ])('%s is refused', (filter, message) => {
    expect(() => where(filter)).toThrow(`--where: `);
    expect(() => where(filter)).toThrow(message);
  });

  test('is checked where there are no runs', () => {
    expect(runsWhere([], 'learning_rate < 1')).toEqual([]);
    expect(() => runsWhere([], 'learning_rate <')).toThrow('expected a value');
  });
});

describe('the order', () => {
  test.each([
    ['experiment', 'abc'],
    ['-experiment', 'cba'],
    ['best', 'acb'],
    ['-best', 'bca'],
    // What is missing comes last, whichever way the others go.
    ['time_to_target', 'bac'],
    ['-time_to_target', 'bac'],
    // Numbers before texts.
    ['learning_rate', 'abc'],
    ['status,-learning_rate', 'bac'],
    ['seed, -experiment', 'cba'],
  ])('by %s', (keys, expected) => {
    const best = {a: 0.5, b: 0.9, c: 0.7};
    const known = runs.map((run) => ({...run, best: {value: best[run.experiment as 'a'], globalStep: 1}}));
    expect(namesOf(sortedRuns(known, keys))).toBe(expected);
  });

  test('compares numbers in names as numbers', () => {
    const named = ['run-10', 'run-9', 'run-100'].map((experiment) => ({...runs[0]!, experiment}));
    expect(sortedRuns(named, 'experiment').map(({experiment}) => experiment)).toEqual(['run-9', 'run-10', 'run-100']);
  });

  test('puts numbers before texts, lists among the texts, and runs without the key last', () => {
    const folder = temporaryFolder();
    const values = {a: '"b10"', b: '5', c: '[1, 2]', d: undefined, e: '"b9"', f: '3'};
    for (const [experiment, value] of Object.entries(values)) {
      const path = writeRun(folder, {experiment, accuracies: [0.5]});
      writeFileSync(join(path, 'hparams.json'), value === undefined ? '{}' : `{"mixed": ${value}}`);
    }
    const mixed = listRuns(folder).map(listedRun);
    expect(namesOf(sortedRuns(mixed, 'mixed'))).toBe('fbcead');
    expect(namesOf(sortedRuns(mixed.toReversed(), '-mixed'))).toBe('aecbfd');
  });

  test('is refused for a key that no run has', () => {
    expect(() => sortedRuns(runs, '-bestt')).toThrow("--sort: no run has 'bestt'. Did you mean `best`?");
  });
});

test.each([
  [1, '<=', 1, true],
  [2, '<=', 1, false],
  [1, '<', 1, false],
  [1, '>=', 1, true],
  [1, '>', 1, false],
  [2, '>', 1, true],
  ['a', '<', 'b', true],
  ['1', '<', 2, false],
  [1, '>=', '1', false],
  [null, '<=', null, false],
  [null, '>=', null, false],
] as const)('%j %s %j: %s', (found, by, value, expected) => {
  expect(isTrue(found, by, value)).toBe(expected);
});

test('settings are read when they are asked for, and once', () => {
  const folder = temporaryFolder();
  const path = writeRun(folder, {experiment: 'a', config: {schedule: {steps: 3}}});
  const [early] = listRuns(folder).map(listedRun);
  expect(early!.config).toMatchObject({schedule: {steps: 3}});
  rmSync(join(path, 'config.yaml'));
  expect(early!.config).toMatchObject({schedule: {steps: 3}});
  mkdirSync(join(path, 'config.yaml'));
  expect(listRuns(folder).map(listedRun)[0]!.config).toBeNull();
});

test('the tables of a run that has a result are not read', () => {
  const folder = temporaryFolder();
  const path = writeRun(folder, {experiment: 'a', accuracies: [0.5, 0.99]});
  for (const table of ['eval_measurements.csv', 'measurements.csv']) {
    rmSync(join(path, table));
    mkdirSync(join(path, table));
  }
  expect(listRuns(folder)).toMatchObject([{status: 'budget_spent', damage: null, timeToTarget: {globalStep: 11}}]);
  rmSync(join(path, 'result.json'));
  expect(listRuns(folder)).toMatchObject([
    {status: 'damaged', damage: expect.stringContaining("eval_measurements.csv can't be read")},
  ]);
});
