import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {lockText, newHolder, placeLock, readLock, removeLock} from '../../src/runs/lock-file.js';
import {UserError} from '../../src/support/index.js';
import {temporaryFolder} from '../helpers/cli.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'LOCK');
});

test('a lock is placed once; placed again with its own text, it is held, with another one it is not', () => {
  expect(placeLock(path, 'own')).toBe(true);
  expect(placeLock(path, 'own')).toBe(true);
  expect(placeLock(path, 'other')).toBe(false);
  expect(readFileSync(path, 'utf8')).toBe('own');
  expect(readdirSync(folder)).toEqual(['LOCK']);
});

test('a lock that is read has its holder and its time, and is closed again', () => {
  const holder = newHolder();
  expect(readLock(path)).toBeUndefined();
  placeLock(path, lockText(holder));
  const open = () => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0);
  const before = open();
  for (let i = 0; i < 20; i++) expect(readLock(path)).toMatchObject({holder, text: lockText(holder)});
  expect(open()).toBeLessThan(before + 20);
  expect(Math.abs(readLock(path)!.writtenAt - Date.now())).toBeLessThan(3600e3);
});

test('of the locks that are removed only the one that was found goes', () => {
  placeLock(path, 'stale');
  const stale = readLock(path)!;
  writeFileSync(path, 'live');
  removeLock(path, stale);
  expect(readFileSync(path, 'utf8')).toBe('live');
  removeLock(path, readLock(path)!);
  expect(readdirSync(folder)).toEqual([]);
  removeLock(path, stale);
  expect(readdirSync(folder)).toEqual([]);
});

test('a lock that cannot be removed is an error that names it', () => {
  writeFileSync(path, 'a file');
  const lock = join(path, 'LOCK');
  const remove = () => removeLock(lock, {text: '', holder: undefined, writtenAt: 0});
  expect(remove).toThrow(UserError);
  expect(remove).toThrow(lock);
});

test('a new holder is this process, under an id of its own, and its lock is one line', () => {
  const [one, other] = [newHolder(), newHolder()];
  expect(one).toEqual({...other, id: expect.any(String)});
  expect(one).toMatchObject({pid: process.pid, host: hostname(), renewals: 0});
  expect(one.id).not.toBe(other.id);
  expect(lockText(one)).toMatch(/^\{.*\}\n$/);
});

describe('what a lock says', () => {
  const holderIn = (text: string) => {
    writeFileSync(path, text);
    return readLock(path)!.holder;
  };

  test.each([{pid: 1}, {processStart: null}, {processStart: 'then'}, {renewals: 7}, {more: true}])(
    'has a holder with %j',
    (change) => {
      const holder = {...newHolder(), ...change};
      expect(holderIn(lockText(holder))).toEqual(holder);
    },
  );

  test.each([
    ...[{id: 1}, {host: undefined}, {system: null}, {processStart: 1}, {processStart: undefined}, {renewals: '0'}],
    ...[{pid: 0}, {pid: -1}, {pid: 1.5}, {pid: '1'}, {pid: undefined}, {pid: 2 ** 53}, {renewals: undefined}],
  ])('has none with %o', (change) => {
    expect(holderIn(JSON.stringify({...newHolder(), ...change}))).toBeUndefined();
  });

  test.each(['', '{', 'null', '7', '[]', '"text"'])('has none where it is %j', (text) => {
    expect(holderIn(text)).toBeUndefined();
    expect(readLock(path)!.text).toBe(text);
  });
});

test('a lock that cannot be placed is an error that names it', () => {
  const nowhere = join(folder, 'none', 'LOCK');
  expect(() => placeLock(nowhere, 'own')).toThrow(nowhere);
});
