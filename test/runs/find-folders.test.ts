import {chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {isMainThread} from 'node:worker_threads';
import {beforeEach, expect, onTestFinished, test} from 'vitest';
import {findFolders, findRun, listRuns} from '../../src/runs/index.js';
import {temporaryFolder} from '../helpers/cli.js';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});

function putRun(experiment: string): string {
  const path = join(folder, experiment, 'mnist_tfjs', 'trial_1');
  mkdirSync(path, {recursive: true});
  writeFileSync(join(path, 'config.yaml'), 'a: 1\n');
  return path;
}

const rows = (experimentDir = folder) => listRuns(experimentDir).map(({experiment, status}) => [experiment, status]);

test('runs are found however deep they lie', () => {
  const deep = Array.from({length: 40}, (_, i) => `d${i}`).join('/');
  putRun(deep);
  expect(rows()).toEqual([[deep, 'interrupted']]);
});

test('a run whose config was removed is listed by its other files; a folder without any is none', () => {
  for (const [experiment, file] of [
    ['a', 'result.json'],
    ['b', 'meta_data_0.json'],
    ['c', 'notes.txt'],
  ]) {
    const path = putRun(experiment!);
    rmSync(join(path, 'config.yaml'));
    writeFileSync(join(path, file!), '{}');
  }
  expect(rows()).toEqual([
    ['a', 'damaged'],
    ['b', 'interrupted'],
  ]);
});

test('an experiment that was moved and left a link behind is found, by the name of the link', () => {
  const elsewhere = temporaryFolder();
  mkdirSync(join(elsewhere, 'mnist_tfjs', 'trial_1'), {recursive: true});
  writeFileSync(join(elsewhere, 'mnist_tfjs', 'trial_1', 'config.yaml'), 'a: 1\n');
  symlinkSync(elsewhere, join(folder, 'moved'));
  expect(rows()).toEqual([['moved', 'interrupted']]);
  expect(findRun(folder, 'moved').path).toBe(join(folder, 'moved', 'mnist_tfjs', 'trial_1'));
  const whole = join(temporaryFolder(), 'experiments');
  symlinkSync(folder, whole);
  expect(rows(whole)).toEqual([['moved', 'interrupted']]);
});

test('links in a circle end, and what has a name of its own is found by that', () => {
  putRun('first');
  symlinkSync('first', join(folder, 'a-latest'));
  symlinkSync('..', join(folder, 'first', 'up'));
  symlinkSync(folder, join(folder, 'all'));
  expect(rows()).toEqual([['first', 'interrupted']]);
  expect(findRun(folder, 'a-latest').experiment).toBe('first');
});

test('a link to nothing and one to itself are rows that say so', () => {
  putRun('first');
  symlinkSync('gone', join(folder, 'dangling'));
  symlinkSync('itself', join(folder, 'itself'));
  expect(listRuns(folder)).toMatchObject([
    {experiment: 'first', status: 'interrupted'},
    {experiment: 'dangling', workload: null, status: 'unreadable', damage: 'it is a link to what is no longer there'},
    {experiment: 'itself', status: 'unreadable', damage: 'it is a link that leads back to itself'},
  ]);
});

test('a folder that can not be looked for says why', () => {
  const name = 'x'.repeat(300);
  expect(findFolders(folder, name)).toEqual({
    runs: [],
    unreadable: [{path: join(folder, name), reason: expect.stringMatching(/^it can't be read \(ENAMETOOLONG.*\)$/)}],
  });
});

// A thread, in which the mutation tester has it, can't change its user.
test.skipIf(process.platform === 'win32' || !isMainThread)(
  'a folder that cannot be read hides no other, and is a row that says so',
  () => {
    chmodSync(folder, 0o755);
    putRun('mine');
    chmodSync(putRun('private'), 0o700);
    for (const path of ['lost+found', 'private/lost']) mkdirSync(join(folder, path), {mode: 0o700});
    onTestFinished(() => rmSync(join(folder, 'lost+found'), {recursive: true}));
    const user = process.geteuid!();
    if (user === 0) process.seteuid!(65534);
    else
      for (const path of ['lost+found', 'private/lost', 'private/mnist_tfjs/trial_1']) chmodSync(join(folder, path), 0);
    try {
      const denied = {status: 'unreadable', damage: "it can't be read: permission denied", best: null};
      expect(listRuns(folder)).toMatchObject([
        {experiment: 'mine', status: 'interrupted'},
        {experiment: 'lost+found', workload: null, ...denied},
        {experiment: 'private', workload: 'mnist', trial: 1, ...denied},
        {experiment: 'private/lost', ...denied},
      ]);
    } finally {
      process.seteuid!(user);
      for (const path of ['lost+found', 'private/lost', 'private/mnist_tfjs/trial_1'])
        chmodSync(join(folder, path), 0o700);
    }
  },
);
