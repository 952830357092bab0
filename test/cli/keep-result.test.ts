import {spawnSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {createResultKeeper} from '../../src/cli/keep-result.js';
import {temporaryFolder} from '../helpers/cli.js';

const MODULE = join(import.meta.dirname, '..', '..', 'dist', 'src', 'cli', 'keep-result.js');
/** Whom permissions bind, unlike root. */
const STRANGER = process.getuid?.() === 0 ? {uid: 54_321, gid: 54_321} : {};

test.skipIf(process.platform === 'win32').each([
  ['the run', 0o555, ['x/trial_1']],
  ['the run and what leads there', 0o000, ['x/trial_1', 'x']],
])('a result is restored in folders that were made read-only: %s', (_, mode, folders) => {
  const top = temporaryFolder();
  chmodSync(top, 0o777);
  const code = `
    import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
    const {createResultKeeper} = await import(${JSON.stringify(MODULE)});
    const keeper = createResultKeeper((line) => console.log(line), {allows: () => true});
    mkdirSync('x/trial_1', {recursive: true});
    keeper.take({result: {file: 'x/trial_1/result.json', text: 'own'}});
    writeFileSync('x/trial_1/result.json', 'forged');
    for (const folder of ${JSON.stringify(folders)}) chmodSync(folder, ${mode});
    keeper.keep();
    console.log(readFileSync('x/trial_1/result.json', 'utf8'));`;
  const {stdout, stderr} = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    ...{cwd: top, encoding: 'utf8'},
    ...STRANGER,
  });
  expect(stdout, stderr).toBe(
    'x/trial_1/result.json was changed after the run had ended, by its own process; it is as it was again\nown\n',
  );
});

test.each([
  ['own', 'its result is lost'],
  [null, 'the run has no result'],
])('a folder that was moved away is said: %s', (text, words) => {
  const top = temporaryFolder();
  const [run, moved] = [join(top, 'a'), join(top, 'b')];
  mkdirSync(run);
  const said: string[] = [];
  const keeper = createResultKeeper((line) => said.push(line), {allows: () => true});
  keeper.take({result: {file: join(run, 'result.json'), text}});
  renameSync(run, moved);
  writeFileSync(join(moved, 'result.json'), 'forged');
  keeper.keep();
  expect(said).toEqual([expect.stringContaining(`${run}: the run's folder was removed or renamed`)]);
  expect(said[0]).toContain(words);
  expect([existsSync(run), readFileSync(join(moved, 'result.json'), 'utf8')]).toEqual([false, 'forged']);
});
