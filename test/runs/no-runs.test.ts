import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {lookedFor, noRunsIn, unreadableInWords} from '../../src/runs/no-runs.js';
import {temporaryFolder} from '../helpers/cli.js';

const FORM = '<experiment>/[study_k/]<workload>_tfjs/trial_n';

test('a folder without runs is told with what was looked for, and what is there', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'notes'));
  expect(noRunsIn(folder)).toBe(`there are no runs in ${folder}; they are looked for as ${FORM}; in it are: notes/`);
  const unreadable = [{path: 'a', reason: 'denied'}];
  expect(noRunsIn(folder, unreadable, ', or other things')).toBe(
    `there are no runs in ${folder}; they are looked for as ${FORM}, or other things; in it are: notes/\n  a: denied`,
  );
  expect(lookedFor(folder, 'this')).toBe('they are looked for as this; in it are: notes/');
  const nowhere = join(folder, 'nowhere');
  expect(noRunsIn(nowhere, unreadable)).toBe(`there are no runs in ${nowhere}: there is no such folder`);
});

test('of the folders that can not be read three are named', () => {
  const folders = (count: number) => Array.from({length: count}, (_, i) => ({path: `p${i}`, reason: `r${i}`}));
  expect(unreadableInWords([])).toBe('');
  expect(unreadableInWords(folders(3))).toBe('\n  p0: r0\n  p1: r1\n  p2: r2');
  expect(unreadableInWords(folders(5))).toBe(`${unreadableInWords(folders(3))}\n  and 2 more that can't be read`);
});
