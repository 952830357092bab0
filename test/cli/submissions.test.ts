import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {root, temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {warmTool} from '../helpers/warm-tool.js';

const tool = warmTool();

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder);
});

test('submissions list tells all that have a config along, with their rule and where they are published', async () => {
  const {code, stdout} = await tool(folder, ['submissions', 'list', '--json']);
  expect(code).toBe(0);
  const listed: {[key: string]: string}[] = JSON.parse(stdout);
  const configs = readdirSync(join(root, 'configs/submissions')).map((file) => file.replace('.yaml', ''));
  expect(listed.map(({name}) => name).sort()).toEqual(configs.sort());
  for (const {name, summary, rule, paper, ruleset} of listed) {
    expect([summary, rule].every(Boolean), name).toBe(true);
    expect(paper).toMatch(/^https:/);
    expect(['external', 'self']).toContain(ruleset);
  }
  expect((await tool(folder, ['submissions', 'list'])).stdout).toMatch(/^submission +ruleset +description/);
});

test('submissions new writes one that runs as it is', async () => {
  const {code, stdout, stderr} = await tool(folder, ['submissions', 'new', 'mine']);
  expect([code, stdout]).toEqual([0, 'mine.ts\n']);
  expect(stderr).toContain('algoperf-ts run --workload mnist --submission ./mine.ts');
  const run = ['run', '--workload', 'mnist', '--submission', './mine.ts', '--data-dir', '.', '--json'];
  const finished = await tool(folder, [
    ...run,
    '--backend',
    'wasm',
    '--max-global-steps',
    '3',
    '--experiment-name',
    'a',
  ]);
  expect(finished.code, finished.stderr).toBe(0);
  expect(JSON.parse(finished.stdout)).toMatchObject({globalStep: 3});
  expect((await tool(folder, ['submissions', 'new', 'mine'])).stderr).toContain('mine.ts already exists');
  expect((await tool(folder, ['submissions', 'new', '../a'])).stderr).toContain('submissions new: a name is of');
});
