import {cpSync, existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {deleteRun, findRun, listRuns, removeRuns, takeLock} from '../../src/runs/index.js';
import {lockText, newHolder} from '../../src/runs/lock-file.js';
import {removeRun} from '../../src/runs/remove-runs.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';

test('a deleted run takes with it the folders that are empty then', async () => {
  const folder = temporaryFolder();
  writeRun(folder, {experiment: 'sweep/a'});
  writeRun(folder, {experiment: 'sweep/b'});
  await deleteRun(folder, findRun(folder, 'sweep/a'));
  expect(existsSync(join(folder, 'sweep', 'a'))).toBe(false);
  expect(listRuns(folder).map(({experiment}) => experiment)).toEqual(['sweep/b']);
  await deleteRun(folder, findRun(folder, 'sweep/b'));
  expect([existsSync(join(folder, 'sweep')), existsSync(folder)]).toEqual([false, true]);
});

test('what else is in an experiment stays', async () => {
  const folder = temporaryFolder();
  writeRun(folder, {experiment: 'a'});
  writeFileSync(join(folder, 'a', 'notes.txt'), 'mine');
  await deleteRun(folder, findRun(folder, 'a'));
  expect(existsSync(join(folder, 'a', 'notes.txt'))).toBe(true);
  expect(existsSync(join(folder, 'a', 'mnist_tfjs'))).toBe(false);
});

test("the record of trials goes with the workload's last run", async () => {
  const folder = temporaryFolder();
  for (const trial of [1, 2]) writeRun(folder, {experiment: 'a', study: 1, trial});
  mkdirSync(join(folder, 'a'), {recursive: true});
  const record = join(folder, 'a', 'mnist_tuning.json');
  writeFileSync(record, '{}');
  await deleteRun(folder, findRun(folder, '1'));
  expect(existsSync(record)).toBe(true);
  await deleteRun(folder, findRun(folder, '1'));
  expect(existsSync(record)).toBe(false);
});

test("of an experiment's runs those of one workload are removed that are chosen, and no others", async () => {
  const folder = temporaryFolder();
  const [first, second] = [1, 2].map((trial) => writeRun(folder, {experiment: 'a', trial}));
  const other = writeRun(folder, {experiment: 'b'});
  await removeRuns({experimentDir: folder, experiment: 'a', workload: 'cifar'}, () => true);
  await removeRuns({experimentDir: folder, experiment: 'a', workload: 'mnist'}, (path) => path !== second);
  expect([first!, second!, other].map((path) => existsSync(path))).toEqual([false, true, true]);
});

test("another workload's runs do not keep the record of trials", async () => {
  const folder = temporaryFolder();
  writeRun(folder, {experiment: 'a'});
  const cifar = join(folder, 'a', 'cifar_tfjs', 'trial_1');
  cpSync(join(folder, 'a', 'mnist_tfjs', 'trial_1'), cifar, {recursive: true});
  const record = join(folder, 'a', 'mnist_tuning.json');
  writeFileSync(record, '{}');
  await deleteRun(folder, listRuns(folder).find(({workload}) => workload === 'mnist')!);
  expect([existsSync(record), existsSync(cifar)]).toEqual([false, true]);
});

test('a run in which a process is at work is not deleted', async () => {
  const folder = temporaryFolder();
  const path = writeRun(folder, {experiment: 'a'});
  const lock = await takeLock(path);
  await expect(deleteRun(folder, findRun(folder, 'a'))).rejects.toThrow('is at work in this run');
  lock.release();
  expect(existsSync(join(path, 'config.yaml'))).toBe(true);
});

test('what is replaced is an empty folder, too; other files are not', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'trial_1');
  await removeRun(path, {});
  mkdirSync(path);
  await removeRun(path, {});
  expect(existsSync(path)).toBe(false);
  mkdirSync(path);
  writeFileSync(join(path, 'notes.txt'), '');
  await expect(removeRun(path, {})).rejects.toThrow(
    `--overwrite: ${path} holds no run, but other files; choose another --experiment-name, or remove it yourself`,
  );
  expect(readdirSync(folder)).toEqual(['trial_1']);
});

test('a run whose lock is stale is removed, and that is said', async () => {
  const folder = temporaryFolder();
  const path = writeRun(folder, {experiment: 'a'});
  writeFileSync(join(path, 'LOCK'), lockText({...newHolder(), pid: 2 ** 22 - 3}));
  const said: string[] = [];
  await removeRun(path, {warn: (message) => said.push(message)});
  expect([existsSync(path), said, readdirSync(dirname(path))]).toEqual([false, [], []]);
});
