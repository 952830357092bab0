import {homedir} from 'node:os';
import {join} from 'node:path';
import {afterEach, expect, test, vi} from 'vitest';
import {expandHome} from '../../src/support/index.js';

afterEach(() => vi.unstubAllEnvs());

test('~ at the beginning is the home folder, and only there', () => {
  vi.stubEnv('HOME', '/home/of/me');
  expect(homedir()).toBe('/home/of/me');
  expect(expandHome('~')).toBe('/home/of/me');
  expect(expandHome('~/runs/a')).toBe(join('/home/of/me', 'runs', 'a'));
  for (const path of ['', 'a/~/b', './~', 'a~', '/~/x']) expect(expandHome(path)).toBe(path);
});

test("another user's home is not looked up", () => {
  expect(() => expandHome('~bob/runs')).toThrow(/another user's home folder is not looked up for '~bob\/runs'/);
  expect(() => expandHome('~bob', 'ALGOPERF_DATA_DIR')).toThrow(/^ALGOPERF_DATA_DIR: another user's/);
});

test('without a home folder ~ is refused', () => {
  vi.stubEnv('HOME', '');
  if (homedir() !== '') return;
  expect(() => expandHome('~/x')).toThrow(/there is no home folder that ~ in '~\/x' could stand for; set HOME/);
});
