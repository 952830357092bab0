import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {cli, root, temporaryFolder, testBackend, writeConfig} from '../helpers/cli.js';
import {WHOLE} from '../helpers/submission.js';
import {warmTool} from '../helpers/warm-tool.js';

const warm = warmTool();

const CONFIG = ['--config', 'mine.yaml', '--backend', testBackend, '--rng-seed', '1', '--experiment-name', 'a'];

/** The line of the template at which its model begins. */
const MODEL_LINE =
  readFileSync(join(root, 'templates', 'workload.ts'), 'utf8')
    .split('\n')
    .findIndex((line) => line.includes('const {dense0')) + 1;

/** A folder with the workload `mine.ts` that `workloads new` writes, changed, and a config for it. */
async function folderWith(change: (source: string) => string = (source) => source): Promise<string> {
  const folder = temporaryFolder();
  const {code, stdout, stderr} = await warm(folder, ['workloads', 'new', 'mine']);
  expect({code, stdout}, stderr).toEqual({code: 0, stdout: 'mine.ts\n'});
  // In a process of its own: one that has loaded the module would not see it change.
  expect((await cli(folder, ['config', 'init', '--workload', './mine.ts', '--out', 'mine.yaml'])).code).toBe(0);
  expect(readFileSync(join(folder, 'mine.yaml'), 'utf8')).toContain('run --workload ./mine.ts --config');
  const file = join(folder, 'mine.ts');
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  return folder;
}

const replaced = (from: string, to: string) => (source: string) => {
  expect(source).toContain(from);
  return source.replace(from, to);
};

test('the workload that is written runs at once, reaches its target, and is kept with the run', async () => {
  const folder = await folderWith();
  const {code, stdout, stderr} = await cli(folder, ['run', '--workload', './mine.ts', ...CONFIG, '--json']);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({workload: 'mine', status: 'target_reached', metric: 'accuracy'});
  const run = join(folder, 'experiments', 'a', 'mine_tfjs', 'trial_1');
  expect(existsSync(join(run, 'source', 'workload_0', 'mine.ts'))).toBe(true);
  const again = await warm(folder, ['workloads', 'new', 'mine']);
  expect(again).toMatchObject({code: 2, stderr: expect.stringContaining('mine.ts already exists')});
});

test('what it consists of can only be read, also by a submission that imports its module', async () => {
  const folder = await folderWith();
  const attack = "import {workload} from './mine.ts';\nworkload.target.validation = 0.01;\n";
  writeFileSync(join(folder, 'submission.ts'), attack + WHOLE);
  writeConfig(folder, 'evaluation: {every_steps: 1000}\n');
  const words = ['run', '--workload', './mine.ts', '--config', 'small.yaml', '--submission', './submission.ts'];
  const {code, stdout, stderr} = await cli(folder, [...words, '--backend', testBackend]);
  expect([code, stdout], stderr).toEqual([2, '']);
  expect(stderr).toContain("Cannot assign to read only property 'validation'");
});

test('a name that can be no workload is refused before anything is written', async () => {
  const folder = temporaryFolder();
  expect(await warm(folder, ['workloads', 'new', '../Mine'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("found '../Mine'"),
  });
  expect(await warm(folder, ['workloads', 'new', 'mnist'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('mnist is the name of a built-in workload'),
  });
});

describe('mistakes are reported with the file, all at once', () => {
  test.each([
    [
      "a built-in workload's name",
      replaced("name: 'mine'", "name: 'mnist'"),
      ["workload.name: 'mnist' is a built-in workload; give your own another name, such as 'mnist_mine'"],
    ],
    [
      'another name',
      replaced('export const workload:', 'export const worklod:'),
      ["object 'workload'; it exports 'worklod'"],
    ],
    [
      'a mistyped and a missing key, and a wrong number',
      (source: string) =>
        replaced('  modelFn,\n', '  modelFun: modelFn,\n')(replaced('batchSize: 64', 'batchSize: 0.5')(source)),
      [
        'workload.modelFun: there is no such key; did you mean `modelFn`?',
        'workload.modelFn: ',
        'workload.batchSize: ',
      ],
    ],
    [
      'a target of a metric that there is not',
      replaced("metric: 'accuracy', validation", "metric: 'acuracy', validation"),
      ["workload.target.metric: must be one of the metrics accuracy, loss, found 'acuracy'"],
    ],
    [
      'metrics by names that the tables have, or that no column can have',
      replaced(
        "metrics: {accuracy: 'maximize'",
        "metrics: {num_examples: 'maximize', 'lo/ss': 'minimize', accuracy: 'maximize'",
      ),
      [
        "workload.metrics: 'num_examples' is a column that evaluations have anyway; give the metric another name",
        "workload.metrics: 'lo/ss' must be a name of letters, digits, _, - and ., that begins with a letter",
      ],
    ],
    [
      'types of parameters that there are not',
      replaced("dense0: {kernel: 'weight', bias: 'bias'}", "dense0: {kernel: 'wieght', bias: 3 as never}"),
      [
        'workload.paramTypes.dense0.kernel: must be one of weight, bias, conv_weight,',
        `found "wieght"; did you mean 'weight'?`,
        'workload.paramTypes.dense0.bias: must be one of',
      ],
    ],
    [
      'a metric that is not computed',
      replaced(", mean('loss')]", ']'),
      ['workload.evaluation.metrics: must compute each of accuracy, loss once, found accuracy'],
    ],
    [
      'a test target without a test split',
      replaced('validation: 1000, test: 1000}', 'validation: 1000}'),
      ['workload.target.test: there is no test split'],
    ],
    [
      'parameters of another structure than their types',
      replaced("dense1: {kernel: 'weight', bias: 'bias'}}", "dense1: {kernel: 'weight'}}"),
      ["initModel's params must have the structure of paramTypes", "unexpected 'bias'"],
    ],
    [
      'a function that throws',
      replaced(
        'const {dense0, dense1} = params',
        "if (!inputs) return undefined as never; throw new Error('lost'); const {dense0, dense1} = params",
      ),
      ['mine.ts: modelFn failed: Error: lost', `mine.ts:${MODEL_LINE}:`],
    ],
    [
      'a model that gives nothing',
      replaced('return {logits: dense(dense1, hidden), modelState}', 'return hidden as never'),
      ['modelFn must give {logits, modelState}'],
    ],
  ])('%s', async (_, change, messages) => {
    const folder = await folderWith(change);
    const {code, stderr} = await warm(folder, ['run', '--workload', './mine.ts', ...CONFIG]);
    expect(code, stderr).toBe(2);
    for (const message of messages) expect(stderr).toContain(message);
    expect(stderr).toContain('mine.ts');
  });
});

test('a file that is not there, and a name that is none, are reported', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'mine.yaml'), '{}\n');
  expect((await warm(folder, ['run', '--workload', './no.ts', ...CONFIG])).stderr).toContain(
    "--workload: there is no file './no.ts'",
  );
  const {code, stderr} = await warm(folder, ['run', '--workload', 'mnits', ...CONFIG]);
  expect(code).toBe(2);
  expect(stderr).toContain('Did you mean `mnist`?');
  expect(stderr).toContain('or give the path of a .ts or .js file');
});
