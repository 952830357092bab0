import {chmodSync, existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {finished, start} from '../helpers/cli.js';
import {folderWithSubmission, RUN_SUBMISSION} from '../helpers/submission.js';

test('a .ts file, where what reads TypeScript is of another system', async () => {
  const folder = folderWithSubmission();
  const program = join(folder, 'other-system');
  writeFileSync(program, 'not for this one');
  chmodSync(program, 0o755);
  const {code, stderr} = await finished(start(folder, RUN_SUBMISSION, {ESBUILD_BINARY_PATH: program}));
  expect(code, stderr).toBe(2);
  expect(stderr).toContain("./mine.ts: TypeScript can't be read: the native part of the package esbuild is missing");
  expect(stderr).toContain('To bring it: npm install --include=optional');
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(existsSync(join(folder, 'experiments'))).toBe(false);
});
