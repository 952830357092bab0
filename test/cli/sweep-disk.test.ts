import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {cli, temporaryFolder} from '../helpers/cli.js';
import {NAMES, prepareSweep, sweptRun, WORDS} from '../helpers/sweeps.js';

/** Puts a file system of its own in a folder's `experiments`, as far as this process may. */
function mounted(folder: string, options: string): boolean {
  const place = join(folder, 'experiments');
  mkdirSync(place);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', place], {stdio: 'ignore'});
  } catch {
    return false;
  }
  onTestFinished(() => void execFileSync('umount', [place]));
  return true;
}

test('on a disk that becomes full, the runs that fail say so, and with more room the same command continues', async ({
  skip,
}) => {
  const folder = prepareSweep(temporaryFolder());
  if (!mounted(folder, 'size=600k')) skip('no file system can be mounted here');
  const full = await cli(folder, [...WORDS, '--jobs', '1']);
  expect(full.code, full.stderr).toBeGreaterThan(100);
  expect(full.stderr).toMatch(/failed: experiments\/s\/.*: the disk is full; free some space/);
  expect(full.stdout).toMatch(
    /^learning_rate=0.00.,seed=. failed: experiments\/s\/.*: the disk is full; free some space/m,
  );
  expect(full.stdout).not.toMatch(/ new /);
  execFileSync('mount', ['-o', 'remount,size=100m', join(folder, 'experiments')]);
  const more = await cli(folder, [...WORDS, '--jobs', '2']);
  expect([more.code, more.stderr]).toEqual([0, expect.not.stringContaining('failed')]);
  expect(JSON.parse(readFileSync(join(sweptRun(folder, NAMES[0]), 'result.json'), 'utf8')).globalStep).toBe(45);
}, 300_000);

test('in a folder that may not be written no run begins, and the message says what to do', async ({skip}) => {
  const folder = prepareSweep(temporaryFolder());
  if (!mounted(folder, 'ro')) skip('no file system can be mounted here');
  const {code, stdout, stderr} = await cli(folder, WORDS);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('experiments/s: the file system is read-only; choose another folder (EROFS');
});
