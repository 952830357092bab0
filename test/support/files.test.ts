import {execFileSync, spawn} from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {readTable} from '../../src/runs/index.js';
import {readWhole, UserError, writeWhole} from '../../src/support/index.js';

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

test('a folder is not written over', () => {
  const path = join(root, 'taken');
  mkdirSync(path);
  for (const name of [path, `${path}/`, `${path}/.`])
    expect(() => writeWhole(name, 'text')).toThrow(`${name}: it is a folder; choose another name for the file`);
});

test('a link stays, and its file is written', () => {
  const [file, link] = [join(root, 'linked'), join(root, 'link')];
  writeFileSync(file, 'old');
  symlinkSync('linked', link);
  writeWhole(link, 'new');
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
});

test('a pipe is written to and stays', async () => {
  const path = join(root, 'written-pipe');
  execFileSync('mkfifo', [path]);
  const reader = spawn('cat', [path]);
  const read = text(reader.stdout);
  writeWhole(path, 'through the pipe');
  expect(await read).toBe('through the pipe');
  expect(lstatSync(path).isFIFO()).toBe(true);
  expect(readdirSync(root).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
