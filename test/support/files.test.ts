import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {readTable} from '../../src/runs/index.js';
import {readWhole, UserError} from '../../src/support/index.js';

let root = '';

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'algoperf-ts-files-'));
});
afterAll(() => rmSync(root, {recursive: true, force: true}));

test('a file is read whole', () => {
  writeFileSync(join(root, 'file'), Buffer.from([0, 255, 10]));
  expect([...readWhole(join(root, 'file'))]).toEqual([0, 255, 10]);
});

test.each([
  ['folder', (path: string) => mkdirSync(path)],
  ['pipe', (path: string) => execFileSync('mkfifo', [path])],
])('a %s in the place of a file is refused at once, by its path', (name, make) => {
  const path = join(root, name);
  make(path);
  for (const read of [readWhole, readTable]) {
    expect(() => read(path)).toThrow(UserError);
    expect(() => read(path)).toThrow(`${path}: it is not a file (a folder, pipe or device); remove it`);
  }
});
