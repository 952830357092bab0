import {cpSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {findRun, findRuns, listRuns} from '../../src/runs/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';

/** Runs of the names, each begun a day after the one before. */
function runsNamed(...names: string[]): string {
  const folder = temporaryFolder();
  for (const [i, experiment] of names.entries()) {
    const meta = join(writeRun(folder, {experiment}), 'meta_data_0.json');
    writeFileSync(meta, readFileSync(meta, 'utf8').replace('2026-11-29', `2026-12-0${i + 1}`));
  }
  return folder;
}

const nameOf = (folder: string, name: string) => findRun(folder, name).experiment;

test('a run is named by its index and its id', () => {
  const folder = runsNamed('first', 'second', 'third');
  expect(['1', '2', '3'].map((index) => nameOf(folder, index))).toEqual(['first', 'second', 'third']);
  for (const {id, experiment} of listRuns(folder)) {
    expect(id).toMatch(/^[0-9a-f]{10}$/);
    expect([id, id.slice(0, 4), id.toUpperCase()].map((name) => nameOf(folder, name))).toEqual(
      Array(3).fill(experiment),
    );
  }
  const {id} = listRuns(folder)[0]!;
  expect(() => findRun(folder, `${id}0`)).toThrow('there is no run');
  expect(() => findRun(folder, '4')).toThrow("there is no run '4' in");
  expect(() => findRun(folder, '4')).toThrow('The last index is 3.');
  expect(() => findRun(folder, '0')).toThrow("there is no run '0'");
});

test("an experiment's whole name goes before an index, and an index before what a name begins with", () => {
  const folder = runsNamed('2', '10-long', 'last');
  expect(nameOf(folder, '2')).toBe('2');
  expect(nameOf(folder, '1')).toBe('2');
  expect(nameOf(folder, '10')).toBe('10-long');
  expect(nameOf(folder, '3')).toBe('last');
});

test('three digits of an id are not enough', () => {
  const folder = runsNamed('first');
  const {id} = listRuns(folder)[0]!;
  expect(() => findRun(folder, id.slice(0, 3))).toThrow('there is no run');
});

test('a run keeps its id where it is moved; a copy shares it', () => {
  const folder = runsNamed('first');
  const {id} = listRuns(folder)[0]!;
  cpSync(join(folder, 'first'), join(folder, 'copy'), {recursive: true});
  expect(listRuns(folder).map((run) => run.id)).toEqual([id, id]);
  expect(() => findRun(folder, id)).toThrow(new RegExp(`'${id}' stands for several runs:\n.*copy.*\n.*first`));
});

test('several names stand for their runs, each once', () => {
  const folder = runsNamed('sweep/a', 'sweep/b', 'other');
  const named = (...names: string[]) => findRuns(folder, names).map(({experiment}) => experiment);
  expect(named()).toEqual(['sweep/a', 'sweep/b', 'other']);
  expect(named('other', '1', '3')).toEqual(['other', 'sweep/a']);
  expect(named(join(folder, 'sweep'))).toEqual(['sweep/a', 'sweep/b']);
  expect(() => named('swee')).toThrow("'swee' stands for several experiments:");
  expect(named('oth')).toEqual(['other']);
});

test('an empty name is no run, and not all of them', () => {
  const folder = runsNamed('first');
  expect(() => findRun(folder, '')).toThrow("the name of a run is empty; '.' is the current folder");
  expect(() => findRuns(folder, ['first', ''])).toThrow('is empty');
});

test('a folder elsewhere is not a run that was not found', () => {
  const [here, elsewhere] = [runsNamed('first'), runsNamed('second')];
  expect(() => findRun(here, join(elsewhere, 'second'))).toThrow(
    'second is outside it: if it holds runs, --experiment-dir names the folder above their experiments; in it are: mnist_tfjs/.',
  );
});

test('a place that holds no runs, and a folder of experiments that is not there, are told', () => {
  const folder = runsNamed('first');
  mkdirSync(join(folder, 'empty'));
  writeFileSync(join(folder, 'notes.txt'), '');
  expect(() => findRun(folder, 'empty')).toThrow(
    `there is no run 'empty' in ${folder}. ${join(folder, 'empty')} holds no runs: they are looked for as <experiment>/`,
  );
  expect(() => findRun(folder, 'notes.txt')).toThrow(`${join(folder, 'notes.txt')} is a file, and a run is a folder.`);
  const nowhere = join(folder, 'nowhere');
  expect(() => findRun(nowhere, 'first')).toThrow(
    `there is no run 'first' in ${nowhere}. There is no folder ${nowhere}; --experiment-dir names another.`,
  );
  const bare = temporaryFolder();
  expect(() => findRun(bare, 'first')).toThrow(new RegExp(`there is no run 'first' in ${bare}\\.$`));
  expect(() => findRun(bare, '7')).toThrow(new RegExp(`there is no run '7' in ${bare}\\.$`));
});

test('of many runs and experiments five are named', () => {
  const names = Array.from({length: 7}, (_, i) => `sweep/e${i}`);
  const folder = runsNamed(...names);
  expect(() => findRun(folder, 'nothing-like-it')).toThrow(
    'The latest are: sweep/e2, sweep/e3, sweep/e4, sweep/e5, sweep/e6.',
  );
  expect(() => findRun(folder, 'sweep/e33')).toThrow('Did you mean `sweep/e3`?');
  const {id} = listRuns(folder)[4]!;
  expect(() => findRun(folder, 'sweep')).toThrow(
    `\n  5  ${id}  sweep/e4/mnist_tfjs/trial_1\n  and 2 more\nName one by its index, its id or its folder.`,
  );
  expect(() => findRuns(folder, ['swe'])).toThrow('\n  and 2 more\nName one by');
});

test('what an index could be is one only where it is written as one', () => {
  const folder = runsNamed('first');
  for (const name of ['01', '1.0', '+1', '1x']) expect(() => findRun(folder, name)).toThrow('there is no run');
  expect(() => findRun(folder, '1x')).not.toThrow('The last index');
  expect(() => findRun(folder, 'a17')).toThrow('The latest are: first.');
});
