import {existsSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {problemNames} from '../../src/checking/index.js';
import {cli, root, temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {type Change, changed, WHOLE} from '../helpers/submission.js';
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
    '--set',
    'batch_size=8',
  ]);
  expect(finished.code, finished.stderr).toBe(0);
  expect(JSON.parse(finished.stdout)).toMatchObject({globalStep: 3});
  const checked = await tool(folder, ['submissions', 'check', './mine.ts', '--backend', 'wasm', '--json']);
  expect(JSON.parse(checked.stdout)).toMatchObject({passed: true, findings: []});
  expect((await tool(folder, ['submissions', 'new', 'mine'])).stderr).toContain('mine.ts already exists');
  expect((await tool(folder, ['submissions', 'new', '../a'])).stderr).toContain('submissions new: a name is of');
  const taken = await tool(folder, ['submissions', 'new', 'adamw']);
  expect([taken.code, taken.stderr]).toEqual([
    2,
    expect.stringContaining('adamw is the name of a built-in submission'),
  ]);
  expect(existsSync(join(folder, 'adamw.ts'))).toBe(false);
});

const CHECK = ['submissions', 'check', './mine.ts', '--backend', 'wasm', '--problem', 'batch-norm'];

/** Checks a submission with one part replaced, in a process of its own. */
async function check(change: Change, ...words: string[]) {
  writeFileSync(join(folder, 'mine.ts'), changed(WHOLE, change));
  return cli(folder, [...CHECK, ...words]);
}

test('submissions check prints findings with place and advice, then exits with 2', async () => {
  const {code, stdout, stderr} = await check(['return {};', 'Array.prototype.at = () => 3;\n  return {};']);
  expect([code, stderr]).toEqual([2, '']);
  expect(stdout).toMatch(/^ {2}ok {4}loads {14}the module loads/);
  expect(stdout).toMatch(/^ {2}found runs {15}it runs/m);
  expect(stdout).toMatch(/^ {2}- {5}resumes /m);
  expect(stdout).toMatch(
    /^\.\/mine\.ts:13:\d+: runs: updateParams failed: TypeError: .*\n.*is read-only.*\n {2}on batch-norm\n {2}Copy it before/m,
  );
  expect(stdout).toMatch(/\n\.\/mine\.ts: 1 finding \(on wasm\)\n$/);
});

test.each([
  ['process.exit(0);', 'process.exit was called with 0'],
  ['return new Promise(() => {});', 'never settles'],
])('submissions check reports the end of the process by %s', async (code, message) => {
  const ended = await check(['return {};', code], '--json');
  expect(ended.code, ended.stderr).toBe(2);
  expect(JSON.parse(ended.stdout)).toMatchObject({passed: false, findings: [{check: 'runs', file: './mine.ts'}]});
  expect(ended.stdout).toContain(message);
});

test('what a submission writes to stdout goes to stderr', async () => {
  const noise = 'process.stdout.write("from a step\\n");\n  return {};';
  const {stdout, stderr} = await check(['return {};', noise], '--json');
  expect(JSON.parse(stdout).findings.map(({check}: {check: string}) => check)).toEqual(['changes']);
  expect(stderr).toContain('from a step');
  writeFileSync(
    join(folder, 'mine.ts'),
    changed(WHOLE, [
      '  return {init',
      '  console.log(1);\n  process.stdout.write("x");\n  recorder.schedule({learningRate: () => 1, totalSteps: 2, cycles: []});\n  return {init',
    ]),
  );
  const plotted = await tool(folder, ['plot', '--workload', 'mnist', '--submission', './mine.ts', '--values']);
  expect([plotted.stdout, plotted.stderr]).toEqual(['step,learning_rate\n0,1\n1,1\n', '1\nx']);
});

test.each<[string, string[], string]>([
  ['an engine', ['adamw', '--backend', 'wasn'], "--backend: there is no engine 'wasn'. Did you mean `wasm`?"],
  ['a problem', ['adamw', '--problem', 'mnist'], `Allowed choices are ${problemNames.join(', ')}`],
  ['a config', ['adamw', '--config', 'none.yaml'], 'none.yaml'],
])('submissions check refuses %s that is not there', async (_, words, message) => {
  const {code, stdout, stderr} = await tool(folder, ['submissions', 'check', ...words]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

test.each<[string, string[], string]>([
  ['a name', ['adanw'], "there is no submission 'adanw'. Did you mean `adamw`?"],
  ['a key', ['adamw', '--set', 'hyperparameters.beta3=1'], 'beta3'],
])('submissions check finds %s that is not there', async (_, words, message) => {
  const {code, stdout} = await tool(folder, ['submissions', 'check', ...words, '--json', '--backend', 'wasm']);
  expect([code, JSON.parse(stdout).findings]).toMatchObject([
    2,
    [{check: 'loads', message: expect.stringContaining(message)}],
  ]);
});
