import {cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {transformSync} from 'esbuild';
import {expect, test} from 'vitest';
import {cli, root, temporaryFolder, testBackend} from '../helpers/cli.js';

const TEMPLATE = readFileSync(join(root, 'templates', 'workload.ts'), 'utf8').replaceAll('WORKLOAD_NAME', 'mine');

/** The submission that the docs have as an example: it evaluates an average of its parameters. */
const AVERAGED = /^import \{adamw, chain[\s\S]*?(?=^```$)/m.exec(
  readFileSync(join(root, 'docs', 'submissions.md'), 'utf8'),
)![0];
const LOSS = "return {loss: () => outputs.number('loss')";

/** Each module gives a power of two, so that the sum tells which were loaded. */
const IMPORTING = `import {createRequire} from 'node:module';
import {value as named} from '#named';
import {value as member} from 'member';
import {value as own} from './parent/x.ts';
import {value as above} from '../x.ts';
import {value as dependency} from 'dependency';
const required = createRequire(import.meta.url)('./parts').value;
const {value: byUrl} = await import(new URL('../shared/back.ts', import.meta.url).href);
const stray = createRequire(new URL('./parts/', import.meta.url))('./stray.cjs').value;
const sum = named + member + own + above + dependency + required + byUrl + stray;
if (sum !== 255) throw new Error('other files were loaded: ' + sum);
`;

const FILES = {
  'wl/mine.ts': IMPORTING + TEMPLATE,
  'wl/named.ts': 'export const value = 1;\n',
  'wl/package.json': '{"imports": {"#named": "./named.ts"}}',
  'packages/member/index.js': 'export const value = 2;\n',
  'packages/member/package.json': '{"type": "module", "exports": "./index.js"}',
  'wl/parent/x.ts': 'export const value = 4;\n',
  'x.ts': 'export const value = 8;\n',
  'node_modules/dependency/index.mjs': 'export const value = 16;\n',
  'node_modules/dependency/package.json': '{"exports": "./index.mjs"}',
  'wl/parts/main.cjs': "module.exports = require('../other');\n",
  'wl/parts/package.json': '{"main": "./main.cjs"}',
  'wl/parts/stray.cjs': 'exports.value = 128;\n',
  'wl/other.cjs': 'exports.value = 32;\n',
  'wl/other.js': 'exports.value = 32;\n',
  'shared/back.ts': "export {value} from '../wl/util.ts';\n",
  'wl/util.ts': 'export const value = 64;\n',
  'wl/wrong.ts': 'export const value = 1000;\n',
};

function write(folder: string, files: {readonly [path: string]: string}): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), {recursive: true});
    writeFileSync(join(folder, path), text);
  }
}

const run = (...words: string[]) => [
  ...['run', '--submission', './averaged.ts', '--config', 'a.yaml', '--backend', testBackend],
  ...['--rng-seed', '1', '--experiment-name', 'a', '--json', ...words],
];

test('code gets the files that it got, in the confirming process and in verify, whatever names mean by then', async () => {
  const folder = temporaryFolder();
  write(folder, FILES);
  symlinkSync('../packages/member', join(folder, 'node_modules/member'));
  symlinkSync('wl/mine.ts', join(folder, 'link.ts'));
  symlinkSync('averaged.ts', join(folder, 'by-link.ts'));
  // While the run is under way, names come to mean other files.
  const changing = `const {rmSync, writeFileSync} = process.getBuiltinModule('fs');
    writeFileSync('wl/package.json', '{"imports": {"#named": "./wrong.ts"}}');
    writeFileSync('wl/parts/package.json', '{"main": "../wrong.ts"}');
    rmSync('node_modules/member');`;
  expect(AVERAGED).toContain(LOSS);
  write(folder, {
    'averaged.ts': AVERAGED.replace(LOSS, `if (globalStep === 0) { ${changing} }\n  ${LOSS}`),
    'a.yaml': 'hyperparameters: {learning_rate: 0.01}\n',
  });
  const {code, stdout, stderr} = await cli(folder, run('--workload', './link.ts', '--submission', './by-link.ts'));
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('evaluating what reached the target once more');
  expect(JSON.parse(stdout)).toMatchObject({official: true, timeToTarget: {seconds: expect.any(Number)}});

  // The run is moved, and all that it was made of is changed.
  const elsewhere = temporaryFolder();
  cpSync(join(folder, 'experiments'), join(elsewhere, 'experiments'), {recursive: true});
  for (const path of Object.keys(FILES).filter((path) => /\.(ts|cjs|js)$/.test(path)))
    writeFileSync(join(folder, path), 'throw new Error("another file was loaded");\n');
  const verified = await cli(elsewhere, ['verify', 'a', '--official', '--json']);
  expect(verified.code, verified.stdout + verified.stderr).toBe(0);

  // Nor is another workload taken for it, whatever its file is called.
  write(elsewhere, {'other.ts': `${IMPORTING}${TEMPLATE}\n`});
  const other = await cli(elsewhere, ['verify', 'a', '--official', '--workload', './other.ts']);
  expect([other.code, other.stdout]).toEqual([4, expect.stringContaining('other.ts: it is not as the run loaded it')]);

  // A package that is nowhere says nothing against the run.
  rmSync(join(folder, 'node_modules'), {recursive: true});
  const without = await cli(elsewhere, ['verify', 'a', '--json']);
  expect(without.code, without.stderr).toBe(0);
  const [{findings, isOfficial}] = JSON.parse(without.stdout);
  expect(isOfficial).toBe(false);
  expect(findings).toContainEqual({
    ...{check: 'settings', outcome: 'unchecked'},
    message: expect.stringMatching(
      /Cannot find package 'dependency' imported from .*mine.ts; install it above the run/,
    ),
  });
});

test("that a run's code can't be loaded says nothing against it; that it is another one does", async () => {
  const folder = temporaryFolder();
  write(folder, {
    'mine.ts': `if (process.env.LACKING) throw new Error('it lacks something');\n${TEMPLATE}`,
    'averaged.ts': AVERAGED,
    'a.yaml': 'hyperparameters: {learning_rate: 0.01}\n',
  });
  const {code, stderr} = await cli(folder, run('--workload', './mine.ts', '--max-global-steps', '2'));
  expect(code, stderr).toBe(0);
  const settingsOf = async (env: NodeJS.ProcessEnv) => {
    const verified = await cli(folder, ['verify', 'a', '--json'], env);
    const [{findings}] = JSON.parse(verified.stdout) as [
      {findings: {check: string; outcome: string; message: string}[]},
    ];
    return [verified.code, findings.find(({check}) => check === 'settings')];
  };
  expect(await settingsOf({LACKING: '1'})).toEqual([
    0,
    {
      check: 'settings',
      outcome: 'unchecked',
      message: expect.stringMatching(/it lacks something[\s\S]*; what the run has loaded needs something else here/),
    },
  ]);
  writeFileSync(join(folder, 'experiments/a/mine_tfjs/trial_1/source/workload_0/mine.ts'), TEMPLATE);
  expect(await settingsOf({})).toEqual([
    4,
    {check: 'settings', outcome: 'failed', message: expect.stringContaining('it is not as the run loaded it')},
  ]);
});

test('what a workload loads once a submission could have changed it makes the run not official, which is said early', async () => {
  const folder = temporaryFolder();
  write(folder, {
    'mine.ts': TEMPLATE.replace('function initModel(key: Key): InitialModel {', "$&\n  void import('./late.ts');"),
    'late.ts': 'export {};\n',
    'averaged.ts': AVERAGED,
    'a.yaml': 'hyperparameters: {learning_rate: 0.01}\n',
  });
  const {code, stdout, stderr} = await cli(folder, run('--workload', './mine.ts', '--max-global-steps', '2'));
  expect(code, stderr).toBe(0);
  const reason = 'workload late.ts: asked for only after other code of yours was loaded, which could have changed it';
  expect(JSON.parse(stdout)).toMatchObject({official: false, notOfficialBecause: [expect.stringContaining(reason)]});
  expect(stderr).toContain(`the result will not be official: ${reason}`);
});

test('a submission in CommonJS requires this very installation, and counts like any other', async () => {
  const folder = temporaryFolder();
  const {code: common} = transformSync(AVERAGED, {loader: 'ts', format: 'cjs', platform: 'node'});
  expect(common).toContain('require("algoperf-ts")');
  write(folder, {'averaged.cjs': common, 'a.yaml': 'hyperparameters: {learning_rate: 0.01}\n'});
  const flags = ['--workload', 'mnist', '--submission', './averaged.cjs', '--max-global-steps', '2'];
  const {code, stdout, stderr} = await cli(folder, run(...flags));
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({globalStep: 2, official: true});
  const verified = await cli(folder, ['verify', 'a', '--official']);
  expect(verified.code, verified.stdout + verified.stderr).toBe(0);
});

test('code that a changed config names, where the run had none of its own, is not loaded', async () => {
  const folder = temporaryFolder();
  const flags = [
    '--workload',
    'mnist',
    '--submission',
    'cyclic',
    '--config',
    'three-cycles',
    '--max-global-steps',
    '2',
  ];
  const {code, stderr} = await cli(folder, ['run', ...flags, '--backend', testBackend, '--experiment-name', 'a']);
  expect(code, stderr).toBe(0);
  const ran = join(folder, 'ran');
  write(folder, {
    'mine.mjs': `import {writeFileSync} from 'node:fs';\nwriteFileSync(${JSON.stringify(ran)}, '');\nexport const decay = ({peak}) => () => peak;\n`,
  });
  const config = join(folder, 'experiments/a/mnist_tfjs/trial_1/config.yaml');
  const text = readFileSync(config, 'utf8');
  const changed = text.replace(/(decay_schedule_fns:\n\s+- )\S+/, `$1${join(folder, 'mine.mjs')}`);
  expect(changed).not.toBe(text);
  writeFileSync(config, changed);
  expect((await cli(folder, ['verify', 'a'])).code).toBe(4);
  expect(existsSync(ran)).toBe(false);
  writeFileSync(config, text);
  const meta = join(folder, 'experiments/a/mnist_tfjs/trial_1/meta_data_0.json');
  const named = readFileSync(meta, 'utf8').replace(/("workload.name": ?)"mnist"/, `$1"${join(folder, 'mine.mjs')}"`);
  expect(named).toContain('mine.mjs');
  writeFileSync(meta, named);
  expect((await cli(folder, ['verify', 'a'])).code).toBe(4);
  expect(existsSync(ran)).toBe(false);
});

/** Reads a file beside the module, where the environment says so. */
const READING = `import {readFileSync} from 'node:fs';
const read = (where: string) => process.env.READS === where && readFileSync(new URL('./words.txt', import.meta.url));
`;

test('a file that code reads by itself, and that is not there, says nothing against a run', async () => {
  const folder = temporaryFolder();
  write(folder, {
    'mine.ts': `${READING}${TEMPLATE.replace('loadData: async (_dir) => (', "loadData: async (_dir) => (read('data'), ")
      .replace(/(sums: .*=>)\n/, "$1 (read('entry'), ")
      .replace(/(batch, modelState, \{mode: 'eval'\}\).logits, batch\))/, '$1)')}`,
    'averaged.ts': `${READING}${AVERAGED.replace('const totalSteps', "read('init');\n  const totalSteps")}`,
    'a.yaml': 'hyperparameters: {learning_rate: 0.01}\n',
    'words.txt': 'one',
  });
  const reading = async (where: string, ...words: string[]) => {
    const {code, stdout, stderr} = await cli(folder, words, {READS: where});
    return {code, said: stdout + stderr};
  };
  expect((await reading('entry', ...run('--workload', './mine.ts', '--max-global-steps', '2'))).code).toBe(0);
  const remedy =
    'the run keeps no files that its code reads or starts by itself: name a workload that does so where it lies';
  for (const [where, check] of [
    ['data', 'data'],
    ['entry', 'evaluations'],
    ['init', 'schedule'],
  ] as const) {
    const {code, said} = await reading(where, 'verify', 'a');
    expect([where, code, said]).toEqual([
      where,
      0,
      expect.stringMatching(new RegExp(`unchecked +${check}.*${remedy}`)),
    ]);
    expect(said).toMatch(/official: not everything could be checked\n/);
  }
  expect(await reading('entry', 'eval', 'a')).toEqual({code: 2, said: expect.stringContaining(remedy)});
  const named = await reading('data', 'verify', 'a', '--workload', './mine.ts');
  expect(named).toEqual({code: 0, said: expect.not.stringMatching(/unchecked|failed/)});
});
