import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {flatEntries} from '../../src/runs/flat-entries.js';
import {createRun, differingKeys, listedRun, listRuns, readSettings} from '../../src/runs/index.js';
import {experimentsIn} from '../../src/runs/list.js';
import {readMapping} from '../../src/runs/settings.js';
import {temporaryFolder} from '../helpers/cli.js';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});

/** Writes the folder of a run. */
function write(experiment: string, files: {readonly [name: string]: string}): string {
  const run = join(folder, experiment, 'mnist_tfjs', 'trial_1');
  mkdirSync(run, {recursive: true});
  for (const [name, text] of Object.entries(files)) writeFileSync(join(run, name), text);
  return run;
}

describe('what a run was started with', () => {
  test('is read from its files', () => {
    const run = write('a', {
      'meta_data_0.json': '{"rng_seed": 3, "backend": "wasm"}',
      'config.yaml': 'schedule: {alter_decays: [0, 1]}\n',
      'overrides.json': '{"batch_size": 8}',
    });
    expect(readSettings(run)).toEqual({
      seed: 3,
      backend: 'wasm',
      config: {schedule: {alter_decays: [0, 1]}},
      overrides: {batch_size: 8},
    });
  });

  test('is null where the files do not say', () => {
    const none = {seed: null, backend: null, config: null, overrides: null};
    expect(readSettings(write('a', {}))).toEqual(none);
    const files = {'meta_data_0.json': '{"rng_seed": "3", "backend": 4}', 'config.yaml': '- 1', 'overrides.json': '7'};
    expect(readSettings(write('b', files))).toEqual(none);
    for (const text of ['null', '"text"', '[', ''])
      expect(readMapping(write('c', {'overrides.json': text}), 'overrides.json')).toBeNull();
  });

  test('of a listed run is read when it is first asked for, once', () => {
    const run = write('a', {'config.yaml': 'a: 1\n', 'overrides.json': '{"b": 2}'});
    const listed = listedRun(listRuns(folder)[0]!);
    expect([listed.config, listed.overrides]).toEqual([{a: 1}, {b: 2}]);
    writeFileSync(join(run, 'config.yaml'), 'a: 3\n');
    expect(listed.config).toEqual({a: 1});
    expect(listed.experiment).toBe('a');
  });
});

describe('keys', () => {
  test('are dotted; lists, empty or not, are values', () => {
    expect([...flatEntries({a: 1, b: {c: [1, {d: 2}], e: {f: null}}, g: {}, h: []})]).toEqual([
      ['a', 1],
      ['b.c', [1, {d: 2}]],
      ['b.e.f', null],
      ['h', []],
    ]);
    expect([...flatEntries(7)]).toEqual([]);
  });

  test('that differ have the value of each mapping, in the order in which they first come', () => {
    expect(
      differingKeys([
        {x: {y: 1}, same: [1]},
        {z: null, same: [1], x: {y: 1, w: 2}},
        {same: [1], x: {y: 3}},
      ]),
    ).toEqual([
      {key: 'x.y', values: [1, 1, 3]},
      {key: 'z', values: [undefined, null, undefined]},
      {key: 'x.w', values: [undefined, 2, undefined]},
    ]);
    expect(differingKeys([{a: 1}, {a: 1}])).toEqual([]);
  });
});

test('runs are listed by when they began, those of one moment by their names; numbers count from 1', () => {
  const begun = (time: string) => ({'config.yaml': '', 'meta_data_0.json': `{"begun": "${time}", "rng_seed": 5}`});
  write('b', begun('2026-01-02T00:00:00Z'));
  write('c', begun('2026-01-01T00:00:00Z'));
  write('a', begun('2026-01-02T00:00:00Z'));
  expect(listRuns(folder).map(({index, experiment}) => [index, experiment])).toEqual([
    [1, 'c'],
    [2, 'a'],
    [3, 'b'],
  ]);
  expect(listRuns(folder)[0]).toMatchObject({begun: '2026-01-01T00:00:00Z', seed: 5, backend: null});
  expect(experimentsIn(folder)).toEqual(['a', 'b', 'c']);
});

test('the name of a run that exists is refused, with what can be done', async () => {
  const path = write('a', {'config.yaml': 'a: 1\n'});
  const place = {experimentDir: folder, experimentName: 'a', stem: 's', workload: 'mnist', trial: 1};
  await expect(createRun({...place, overwrite: false, files: {}})).rejects.toThrow(
    `--experiment-name: ${path} already exists; add --resume to continue it, --overwrite to replace it, or choose another name than 'a'`,
  );
});

test('what is in the place of a run and is none is told', async () => {
  write('a', {'notes.txt': ''});
  await expect(
    createRun({
      experimentDir: folder,
      experimentName: 'a',
      stem: 's',
      workload: 'mnist',
      trial: 1,
      overwrite: false,
      files: {},
    }),
  ).rejects.toThrow(
    /trial_1: what is there is no run: it has no config.yaml \(in it are: notes.txt\); move it away or remove it$/,
  );
});
