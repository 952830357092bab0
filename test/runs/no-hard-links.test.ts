import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test, vi} from 'vitest';
import {lockHolder, takeLock} from '../../src/runs/index.js';
import {lockText, newHolder, placeLock, readLock, removeLock} from '../../src/runs/lock-file.js';
import {temporaryFolder} from '../helpers/cli.js';

let code = '';
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  linkSync: () => {
    throw Object.assign(new Error(code), {code});
  },
}));

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
