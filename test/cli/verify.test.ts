import {copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {takeLock} from '../../src/runs/index.js';
import {root, SMALL, temporaryFolder, testBackend, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {warmTool} from '../helpers/warm-tool.js';

const warm = warmTool();

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
});

/** Runs with a config under the name `a`. @returns the run's folder */
async function run(workload: string, config: string, ...more: string[]): Promise<string> {
  writeConfig(folder, config);
  const words = [
    'run',
    '--workload',
    workload,
    '--config',
    'small.yaml',
    '--data-dir',
    'data',
    '--backend',
    testBackend,
  ];
  const {code, stderr} = await warm(folder, [...words, '--quiet', '--experiment-name', 'a', ...more]);
  expect(code, stderr).toBe(0);
  return join(folder, 'experiments', 'a', `${workload.replace(/^.*\/|\.ts$/g, '')}_tfjs`, 'trial_1');
}

const verify = (...more: string[]) => warm(folder, ['verify', 'a', ...more]);

const SUBMISSION = `import {size} from './lib/size.js';

export const getBatchSize = () => size;
export const dataSelection = ({inputQueue}) => inputQueue.next();
export function initOptimizerState({saved}) {
  let steps = saved ?? 0;
  return {init: {}, entries: {step: (state) => ({state, outputs: {}})}, save: () => steps, count: () => ++steps};
}
export function updateParams({program, batch, optimizerState}) {
  program.run('step', {batch});
  return {trainingComplete: optimizerState.count() === 12};
}
`;

test("a run of a user's submission is verified from the source that it keeps", async () => {
  mkdirSync(join(folder, 'lib'));
  writeFileSync(join(folder, 'mine.ts'), SUBMISSION);
  writeFileSync(join(folder, 'lib', 'size.ts'), 'export const size: number = 4;\n');
  const path = await run('mnist', 'evaluation: {every_steps: 5}\n', '--submission', './mine.ts');
  // Where it came from is gone.
  rmSync(join(folder, 'mine.ts'));
  rmSync(join(folder, 'lib'), {recursive: true});
  const passed = await verify();
  expect(passed.code, passed.stdout + passed.stderr).toBe(0);
  expect(passed.stdout).toMatch(/^experiments\/a\/mnist_tfjs\/trial_1: consistent\n/);
  expect(passed.stdout).toMatch(/\n {2}passed {5}code {9}the kept source has the run's hashes\n/);
  expect(passed.stdout).toMatch(/\n {2}it may not count as official: evaluation.every_steps: .*\n$/);
  expect((await verify('--official')).code).toBe(4);
  writeFileSync(join(path, 'source', 'submission_0', 'lib', 'size.ts'), 'export const size: number = 5;\n');
  const changed = await verify();
  expect([changed.code, changed.stdout]).toEqual([
    4,
    expect.stringMatching(
      /: NOT consistent\n[\s\S]*failed {5}code {9}the kept submission, process 0: lib\/size.ts: changed\n/,
    ),
  ]);
});

test("a run with a user's schedule and workload is verified", async () => {
  copyFileSync(join(root, 'test', 'proof', 'tasks.ts'), join(folder, 'tasks.ts'));
  writeFileSync(join(folder, 'rates.ts'), 'export const decay = ({peak}) => (step: number) => peak / (1 + step);\n');
  await run('./tasks.ts', SMALL.replace('[cosine, linear]', '[cosine, ./rates.ts]'));
  rmSync(join(folder, 'tasks.ts'));
  rmSync(join(folder, 'rates.ts'));
  const {code, stdout, stderr} = await verify('--json');
  expect(code, stdout + stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject([{isConsistent: true, isOfficial: false}]);
});

describe('a submission that ends the process that verifies it', () => {
  test('has not passed', async () => {
    const leaving = SUBMISSION.replace(
      'let steps',
      'if (/verification-process/.test(globalThis.process.argv[1])) globalThis.process.kill(globalThis.process.pid, 9);\n  let steps',
    );
    writeFileSync(join(folder, 'mine.ts'), leaving.replace("import {size} from './lib/size.js';", 'const size = 4;'));
    await run('mnist', 'evaluation: {every_steps: 5}\n', '--submission', './mine.ts');
    const {code, stdout} = await verify();
    expect([code, stdout]).toEqual([
      4,
      expect.stringContaining('its process was ended by SIGKILL, as the system does when memory'),
    ]);
  });
});

test('eval measures a checkpoint; a run at work is not verified', async () => {
  const path = await run('mnist', SMALL);
  const {last} = JSON.parse(readFileSync(join(path, 'result.json'), 'utf8'));
  const json = JSON.parse((await warm(folder, ['eval', '1', '--checkpoint', 'last', '--json'])).stdout);
  expect(json).toEqual({
    path: 'experiments/a/mnist_tfjs/trial_1',
    globalStep: 45,
    backend: testBackend,
    metrics: last,
  });
  const table = await warm(folder, ['eval', 'a', '--checkpoint', '45', '--split', 'validation, test']);
  expect(table.stdout).toMatch(
    /^experiments\/a\/mnist_tfjs\/trial_1: step 45, on \w+\nmetric +validation +test\naccuracy +[01]/,
  );
  expect(await warm(folder, ['eval', 'a', '--checkpoint', 'first'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('It must be best, last, or a step.'),
  });
  expect(await warm(folder, ['eval', 'a', '--workload', 'cifar'])).toMatchObject({
    code: 2,
    stderr: '--workload: experiments/a/mnist_tfjs/trial_1 is a run of mnist, not of cifar\n',
  });
  expect(await warm(folder, ['eval', 'a', '--checkpoint', '3'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--checkpoint: there is no checkpoint of step 3'),
  });
  const lock = await takeLock(path);
  expect(await verify()).toMatchObject({
    code: 2,
    stdout: expect.stringContaining(
      "can't be verified: experiments/a/mnist_tfjs/trial_1: a process is at work in this run",
    ),
  });
  lock.release();
});

test('a name with a line break and an escape is one line of text', async () => {
  const place = join(folder, 'experiments', 'a\n\u001b[31mb', 'mnist_tfjs', 'trial_1');
  mkdirSync(place, {recursive: true});
  symlinkSync('config.yaml', join(place, 'config.yaml'));
  const {code, stdout} = await verify();
  expect(code).toBe(2);
  expect(stdout).toContain('experiments/a\\u000a\\u001b[31mb/mnist_tfjs/trial_1');
  expect(stdout.trim().split('\n')).toHaveLength(1);
});
