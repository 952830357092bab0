import {execFile} from 'node:child_process';
import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {expect, test} from 'vitest';
import {root, temporaryFolder} from '../helpers/cli.js';

test('the types of a submission outside of the package are checked with those of its libraries, as the docs set it up', async () => {
  const docs = readFileSync(join(root, 'docs', 'submissions.md'), 'utf8');
  const [, submission] = /`sgd\.ts`:\n\n```ts\n(.*?)```/s.exec(docs)!;
  const [, settings] = /`tsconfig\.json`:\n\n```json\n(.*?)```/s.exec(docs)!;
  expect(settings).not.toContain('skipLibCheck');
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'algoperf-ts'));
  writeFileSync(join(folder, 'sgd.ts'), submission!);
  writeFileSync(join(folder, 'tsconfig.json'), settings!);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const run = promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch(({stdout}) => ({stdout}));
  expect((await run).stdout).toBe('');
});
