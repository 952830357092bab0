import {existsSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {crashText, limitsText, quietEndText} from '../../src/cli/unexpected-end.js';
import {cli, finished, root, temporaryFolder} from '../helpers/cli.js';
import {type Change, folderWithSubmission, runIn, startSubmission} from '../helpers/submission.js';

/** Node's options for which each process of the tool says that it is there. */
const COUNTED = {NODE_OPTIONS: "--import=data:text/javascript,process.stderr.write('process%20')"};

describe('a second process', () => {
  test.each([
    [1, ['--version']],
    [1, ['--help']],
    [1, ['run', '--help']],
    [1, ['runs', 'list']],
    [1, ['config', 'schema']],
    [2, ['run', '--seed', '3']],
    [2, ['run', '--workload', 'mnist', '--config', 'none.yaml']],
  ])('%i for %j', async (processes, words) => {
    const {stderr} = await cli(temporaryFolder(), words, COUNTED);
    expect(stderr.match(/process /g)).toHaveLength(processes);
  });

  test('what watches over a run loads nothing but what comes with Node', () => {
    const found = new Set(['cli/supervise.ts']);
    for (const file of found) {
      const text = readFileSync(join(root, 'src', file), 'utf8');
      for (const [, target] of text.matchAll(/^(?:import|export) (?!type)[^;]*?from '([^']+)'/gm)) {
        if (/^\.\/|^\.\.\/link\//.test(target!)) found.add(join(dirname(file), target!).replace(/\.js$/, '.ts'));
        else expect(target, file).toMatch(/^node:/);
      }
    }
    expect(found.size).toBeGreaterThan(3);
  });
});

test('mistakes in the flags come through, with their exit code', async () => {
  const {code, stdout, stderr} = await cli(temporaryFolder(), ['run', '--workload', 'mnist', '--seed', '3']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain("error: unknown option '--seed'");
  expect(stderr).toContain('--seed is called --rng-seed here');
});

const inStep = (code: string): Change => ['return {};', `${code}\n  return {};`];

describe('what a submission writes to the descriptor of the messages', () => {
  test.each([
    ['a message', '{"print": "FORGED"}'],
    ['a message with a mark', `${'0'.repeat(64)} {"print": "FORGED"}`],
    ['an end', '{"exitCode": 0}'],
  ])('%s does not count', async (_, line) => {
    const write = `process.getBuiltinModule('fs').writeSync(4, '\\n' + ${JSON.stringify(line)} + '\\n');`;
    const folder = folderWithSubmission(inStep(write));
    const {code, stdout, stderr} = await finished(startSubmission(folder, '--max-global-steps', '1'));
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({globalStep: 1});
  });
});

test('a submission that closes the descriptors gets no result, and is told so', async () => {
  const close = "for (const fd of [3, 4]) process.getBuiltinModule('fs').closeSync(fd);";
  const once = `if (!globalThis.isDone) { globalThis.isDone = true; ${close} }`;
  const folder = folderWithSubmission(inStep(once));
  const {code, stdout, stderr} = await finished(startSubmission(folder, '--max-global-steps', '1'));
  expect([code, stdout]).toEqual([1, '']);
  expect(existsSync(join(runIn(folder), 'result.json'))).toBe(false);
  expect(stderr).toContain('./mine.ts ended it in a way that can');
  expect(stderr).toContain('or closed or used file descriptor 3 or 4');
});

test('one that closes them and goes on is ended', async () => {
  const folder = folderWithSubmission(['', "process.getBuiltinModule('fs').closeSync(4);\nfor (;;);\n"]);
  const {code, stdout, stderr} = await finished(startSubmission(folder, '--max-global-steps', '1'));
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('could not be heard any more');
  expect(stderr).toContain('There is no run folder yet.');
  expect(existsSync(join(folder, 'experiments'))).toBe(false);
});

describe('an end by a signal', () => {
  const folder = {path: 'experiments/a/mnist_tfjs/trial_1', experiment: 'a'};
  const words = ['run', '--workload', 'mnist', '--overwrite'];

  test.each([
    ['SIGSEGV', 'native code has crashed, most likely the library of its engine'],
    ['SIGABRT', 'as when memory runs out'],
    ['SIGKILL', 'it was killed from outside'],
  ] as const)('%s names the likely cause, and the code of the user', (signal, cause) => {
    expect(crashText(signal, {words, folder, modules: []})).toContain(cause);
    expect(crashText(signal, {words, folder, modules: []})).not.toContain('process.abort');
    expect(crashText(signal, {words, folder, modules: ['./mine.ts', './data.ts']})).toContain(
      'Or ./mine.ts and ./data.ts did it, by `process.abort`',
    );
    expect(crashText(signal, {words, folder})).toContain(
      'To continue: algoperf-ts run --workload mnist --experiment-name a --resume',
    );
  });

  test('before there is a folder', () => {
    expect(crashText('SIGSEGV', {words})).toContain('There is no run folder yet.');
    expect(quietEndText(0, {words})).toContain('There is no run folder yet.');
    expect(quietEndText(1, {words})).toContain('the lines above may say why');
    expect(quietEndText(1, {words, modules: ['./mine.ts']})).toContain('./mine.ts ended it');
  });

  test('with the limits that a run may reach', () => {
    const limits = (seconds: string, bytes: string, files: string) =>
      limitsText(
        `Limit                     Soft Limit           Hard Limit           Units\nMax cpu time              ${seconds}  unlimited seconds\n` +
          `Max address space         ${bytes}            unlimited            bytes\nMax open files            ${files}  1048576              files\n`,
      );
    expect(limits('unlimited', 'unlimited', '256')).toBe('');
    expect(limits('60', '1024000000', '255')).toBe(
      ' It is limited to 60 s of CPU time (ulimit -t), 1.0 GB of addresses (ulimit -v), 255 open files (ulimit -n).',
    );
    expect(limitsText('')).toBe('');
  });
});
