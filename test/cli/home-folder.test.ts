import {mkdirSync, readdirSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {cli, temporaryFolder, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

/** The tool started in an empty folder, with a home that has a config and data; no shell expands a word. */
async function fromHome(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const done = await cli(join(home, '..', 'work'), words, {HOME: home, ...env});
  expect(readdirSync(join(home, '..', 'work'))).not.toContain('~');
  return done;
}

let home = '';

function prepare(): void {
  const folder = temporaryFolder();
  home = join(folder, 'home');
  for (const name of ['work', 'home', 'home/data']) mkdirSync(join(folder, name));
  writeConfig(home);
  writeSmallMnist(join(home, 'data'));
}

test('~ is the home folder in every option that takes a path, in ALGOPERF_DATA_DIR and in a config', async () => {
  prepare();
  const run = ['run', '--workload', 'mnist', '--config=~/small.yaml', '--experiment-dir=~/runs', '--quiet'];
  const short = ['--backend', 'wasm', '--max-global-steps', '1'];
  const first = await fromHome([...run, ...short, '--data-dir=~/data', '--experiment-name', 'a']);
  expect(first.code, first.stderr).toBe(0);
  const second = await fromHome([...run, ...short, '--experiment-name', 'b'], {ALGOPERF_DATA_DIR: '~/data'});
  expect(second.code, second.stderr).toBe(0);
  expect(readdirSync(join(home, 'runs'))).toEqual(['a', 'b']);
  const listed = await fromHome(['runs', 'list', '--experiment-dir=~/runs', '--json']);
  expect(JSON.parse(listed.stdout)).toHaveLength(2);
  expect((await fromHome(['runs', 'show', '~/runs/a', '--experiment-dir=~/runs'])).code).toBe(0);
  const plotted = await fromHome(['plot', '--workload', 'mnist', '--config=~/small.yaml', '--out=~/s.svg']);
  expect(plotted.code, plotted.stderr).toBe(0);
  expect(readdirSync(home)).toContain('s.svg');
  expect((await fromHome(['config', 'schema', '--out=~/schema.json'])).code).toBe(0);
  expect(readdirSync(home)).toContain('schema.json');
});

test('a submission in the home folder, of the option and of the config', async () => {
  prepare();
  writeFileSync(
    join(home, 'mine.mjs'),
    `export const getBatchSize = () => 4, dataSelection = ({inputQueue}) => inputQueue.next();
    export const initOptimizerState = () => ({init: {}, entries: {}, save: () => null}), updateParams = () => {};`,
  );
  writeConfig(home, 'submission: ~/mine.mjs\n', 'mine.yaml');
  const check = ['config', 'check', '~/mine.yaml'];
  for (const words of [check, [...check, '--submission=~/mine.mjs']]) expect((await fromHome(words)).code).toBe(0);
  renameSync(join(home, 'mine.mjs'), join(home, 'other.mjs'));
  expect((await fromHome(check)).stderr).toContain(`mine.yaml:1:13: submission: there is no file '${home}/mine.mjs'`);
});

test("another user's home is refused by the option's name, or the variable's, before anything is made", async () => {
  prepare();
  const run = ['run', '--workload', 'mnist', '--config=~/small.yaml'];
  const option = await fromHome([...run, '--experiment-dir=~bob/runs']);
  expect([option.code, option.stderr]).toEqual([2, expect.stringContaining("option '--experiment-dir <folder>'")]);
  expect(option.stderr).toContain("another user's home folder is not looked up for '~bob/runs'");
  const variable = await fromHome(run, {ALGOPERF_DATA_DIR: '~bob/x'});
  expect([variable.code, variable.stderr]).toEqual([2, expect.stringMatching(/^ALGOPERF_DATA_DIR: another user's/m)]);
  expect(readdirSync(join(home, '..', 'work'))).toEqual([]);
});
