import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {
  cutTo,
  extentOf,
  grownFile,
  keepTuningRecord,
  lockHolder,
  openRun,
  readTuningRecord,
} from '../../src/runs/index.js';
import {temporaryFolder} from '../helpers/cli.js';

let experimentDir = '';
let run = '';
beforeEach(() => {
  experimentDir = temporaryFolder();
  run = join(experimentDir, 'first', 'mnist_tfjs', 'trial_1');
});

const location = {experiment: 'first', workload: 'mnist', trial: 1};

function write(name: string, text = ''): void {
  mkdirSync(dirname(join(run, name)), {recursive: true});
  writeFileSync(join(run, name), text);
}

const read = (name: string) => readFileSync(join(run, name), 'utf8');

describe('a run that is resumed', () => {
  test('is locked, and knows how often that was before', async () => {
    for (const name of [
      'config.yaml',
      'flags_0.json',
      'flags_12.json',
      'flags_x.json',
      'my_flags_2.json',
      'flags_3.json.bak',
    ])
      write(name);
    const opened = await openRun(experimentDir, location);
    expect(opened).toMatchObject({path: run, experiment: 'first', damaged: [], preemptionCount: 2});
    expect(opened.checkpoint).toBeUndefined();
    expect(lockHolder(run)?.pid).toBe(process.pid);
    opened.lock.release();
  });

  test.each([
    ['nothing', [], 'there is no run at %. Leave out --resume to begin it.'],
    ['another name', ['frist'], 'there is no run at %. Did you mean `frist`? Leave out'],
    ['other names', ['x1', 'x2', 'x3', 'x4', 'x5', 'x6'], '%. There are: x2, x3, x4, x5, x6. Leave out'],
  ])('that is not there is refused; with %s in the folder the message helps', async (_, names, message) => {
    for (const name of names) {
      mkdirSync(join(experimentDir, name, 'mnist_tfjs', 'trial_1'), {recursive: true});
      writeFileSync(join(experimentDir, name, 'mnist_tfjs', 'trial_1', 'config.yaml'), '');
    }
    await expect(openRun(experimentDir, location)).rejects.toThrow(message.replace('%', run));
  });

  test.each([
    ['plots', 'file'],
    ['checkpoints', 'file'],
    ['events.jsonl', 'folder'],
    ['mine.csv', 'folder'],
  ])('in which %s is a %s is refused before anything is changed', async (name, kind) => {
    write('config.yaml');
    if (kind === 'file') write(name);
    else mkdirSync(join(run, name));
    const where = `${join(run, name)}: it is a ${kind} where a ${kind === 'file' ? 'folder' : 'file'} should be`;
    await expect(openRun(experimentDir, location)).rejects.toThrow(where);
    expect(readdirSync(run).sort()).toEqual(['config.yaml', name].sort());
  });
});

describe('what lies beyond a checkpoint', () => {
  test('is cut: lines of tables and events, pictures, the result, what was not finished', () => {
    write('config.yaml', 'a: 1\n');
    write('measurements.csv', 'global_step,loss\n1,2\n');
    write('events.jsonl', '{}\n');
    for (const plot of ['lr-schedule-0.png', 'lr-schedule-1.png', 'training.png']) write(`plots/${plot}`);
    const extent = extentOf(run, 1);
    expect(extent).toMatchObject({lines: {'measurements.csv': 2, 'events.jsonl': 1}, plots: 1});
    write('measurements.csv', 'global_step,loss\n1,2\n2,3\n');
    write('events.jsonl', '{}\n{}\n{"torn');
    write('later.csv', 'x\n1\n');
    write('result.json', '{}');
    write('log.jsonl', '{"a":1}\n{"b":2}\n{"tor');
    for (const name of ['plots/.training.png.7.tmp', '.result.json.7.tmp']) write(name);
    expect(cutTo(run, extent, [])).toEqual([]);
    expect(readdirSync(run).sort()).toEqual(['config.yaml', 'events.jsonl', 'log.jsonl', 'measurements.csv', 'plots']);
    expect([read('measurements.csv'), read('events.jsonl')]).toEqual(['global_step,loss\n1,2\n', '{}\n']);
    expect(read('log.jsonl')).toBe('{"a":1}\n{"b":2}\n');
    expect(readdirSync(join(run, 'plots')).sort()).toEqual(['lr-schedule-0.png', 'training.png']);
    expect(read('config.yaml')).toBe('a: 1\n');
  });

  test('where lines are gone that the checkpoint counted, their files are named', () => {
    write('measurements.csv', 'global_step\n1\n2\n');
    write('whole.csv', 'global_step\n1\n2\n');
    const extent = extentOf(run, 0);
    write('measurements.csv', 'global_step\n1\n');
    expect(cutTo(run, {...extent, lines: {...extent.lines, 'gone.csv': 3}}, [])).toEqual([
      join(run, 'measurements.csv'),
      join(run, 'gone.csv'),
    ]);
  });
});

test('the extent of a run is of its tables and events in the order of their names, each by what is whole of it', () => {
  for (const name of ['b.csv', 'a.csv', 'events.jsonl']) write(name, 'x\n1\n');
  for (const name of ['log.jsonl', 'config.yaml', 'plots/p.csv']) write(name, 'x\n');
  write('c.csv', 'x\n1\n2\n3');
  const {lines, sha256, plots} = extentOf(run, 3);
  expect([Object.entries(lines), plots]).toEqual([
    [
      ['a.csv', 2],
      ['b.csv', 2],
      ['c.csv', 3],
      ['events.jsonl', 2],
    ],
    3,
  ]);
  expect(sha256).toEqual(
    Object.fromEntries(Object.keys(lines).map((name) => [name, grownFile(join(run, name))!.sha256])),
  );
  const own = {'a.csv': 'own', 'new.csv': 'new'};
  expect(extentOf(run, 3, own).sha256).toEqual({...sha256, ...own});
});

test('what is cut is of the pictures of schedules those of later ones alone', () => {
  const names = ['lr-schedule-9.png', 'lr-schedule-10.svg', 'lr-schedule-11.vl.json', 'my-lr-schedule-12.png'];
  for (const name of [...names, 'lr-schedule-x.png', 'training.png', '.training.png.7.tmp']) write(`plots/${name}`);
  cutTo(run, {lines: {}, plots: 10}, []);
  expect(readdirSync(join(run, 'plots')).sort()).toEqual([
    ...['lr-schedule-9.png', 'lr-schedule-x.png', 'my-lr-schedule-12.png', 'training.png'],
  ]);
  rmSync(join(run, 'plots'), {recursive: true});
  cutTo(run, {lines: {}, plots: 0}, []);
  expect(readdirSync(run)).toEqual(['plots']);
});

describe('the record of trials', () => {
  const place = {experimentDir: '', experiment: 'first', workload: 'mnist'};
  const record = {rng_seed: 3, points: [{a: 1}]} as never;
  const other = {rng_seed: 4, points: []} as never;
  const file = () => join(experimentDir, 'first', 'mnist_tuning.json');

  test('is kept once, and read back; it is replaced only where that is wanted', () => {
    const here = {...place, experimentDir};
    expect(readTuningRecord(here)).toBeUndefined();
    expect(keepTuningRecord(here, record, false)).toBe(true);
    expect(keepTuningRecord(here, other, false)).toBe(false);
    expect(readTuningRecord(here)).toEqual(record);
    expect(readFileSync(file(), 'utf8')).toBe(`${JSON.stringify(record, null, 2)}\n`);
    expect(keepTuningRecord(here, other, true)).toBe(true);
    expect(readTuningRecord(here)).toEqual(other);
  });

  test.each(['', '{}', '{"rng_seed": 3}', '{"rng_seed": 0.5, "points": []}', '{"points": []}'])(
    'that is damaged is named, with what to do: %j',
    (text) => {
      mkdirSync(dirname(file()), {recursive: true});
      writeFileSync(file(), text);
      const work = () => readTuningRecord({...place, experimentDir});
      expect(work).toThrow(`${file()}: the record of its trials can't be read (`);
      expect(work).toThrow('replace them by --overwrite');
    },
  );

  test.each(['../up', '/root', 'a//b', '.hidden', 'study_1'])('has no experiment of the name %s', (experiment) => {
    const bad = {...place, experimentDir, experiment};
    expect(() => readTuningRecord(bad)).toThrow('--experiment-name: ');
    expect(() => keepTuningRecord(bad, record, true)).toThrow('--experiment-name: ');
  });
});
