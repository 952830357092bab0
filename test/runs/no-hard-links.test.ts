import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test, vi} from 'vitest';
import {lockHolder, takeLock} from '../../src/runs/index.js';
import {lockText, newHolder, placeLock, readLock, removeLock} from '../../src/runs/lock-file.js';
import {temporaryFolder} from '../helpers/cli.js';

let code = '';
let unwritable: string | undefined;
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    linkSync: () => {
      throw Object.assign(new Error(code), {code});
    },
    writeFileSync: (...given: Parameters<typeof fs.writeFileSync>) => {
      if (given[0] === unwritable) throw Object.assign(new Error('EROFS'), {code: 'EROFS'});
      fs.writeFileSync(...given);
    },
  };
});

test.each(['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK', 'EIO'])(
  'a file system where link() fails with %s has locks all the same',
  async (error) => {
    code = error;
    const folder = temporaryFolder();
    const held = await takeLock(folder);
    await expect(takeLock(folder)).rejects.toThrow('is at work in this run');
    held.release();
    writeFileSync(join(folder, 'LOCK'), lockText({...newHolder(), pid: 2 ** 22 - 3}));
    const again = await takeLock(folder);
    expect(lockHolder(folder)?.pid).toBe(process.pid);
    again.release();
    expect(readdirSync(folder)).toEqual([]);
  },
);

test('a live lock that was taken in between goes back', () => {
  code = 'EPERM';
  const path = join(temporaryFolder(), 'LOCK');
  placeLock(path, 'stale');
  const found = readLock(path)!;
  writeFileSync(path, 'live');
  removeLock(path, found);
  expect(readFileSync(path, 'utf8')).toBe('live');
  expect(placeLock(path, 'other')).toBe(false);
});

test('a lock that can be neither linked nor created is an error that names it', () => {
  code = 'EPERM';
  const folder = temporaryFolder();
  const path = join(folder, 'LOCK');
  unwritable = path;
  expect(() => placeLock(path, 'own')).toThrow(path);
  unwritable = undefined;
  expect(readdirSync(folder)).toEqual([]);
});
