import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {readConfig} from '../../src/config/index.js';
import {loadConfig} from '../../src/training/index.js';
import {cli, finished, root, SMALL, start, temporaryFolder, writeConfig} from '../helpers/cli.js';

describe('a config by the name of a sample', () => {
  test("is the workload's, or that of the only workload that has one", () => {
    const path = join(root, 'configs', 'mnist', 'single-cycle.yaml');
    expect(readConfig('single-cycle', {workload: 'mnist'}).file).toBe(path);
    expect(readConfig('single-cycle').file).toBe(path);
    expect(readConfig('three-cycles', {workload: 'cifar'}).file).toBe(
      join(root, 'configs', 'cifar', 'three-cycles.yaml'),
    );
  });

  test('is for a variant that of the workload it is made from, unless it has its own', () => {
    const file = (name: string, workload: string) => readConfig(name, {workload}).file;
    expect(file('small', 'ogbg_gelu')).toBe(join(root, 'configs', 'ogbg', 'small.yaml'));
    expect(file('nadamw', 'wmt_post_ln')).toBe(join(root, 'configs', 'wmt', 'nadamw.yaml'));
    expect(() => file('nadamw', 'wmt_small')).toThrow(
      'no sample of that name for wmt_small; did you mean `adamw`? There are: adamw',
    );
    expect(() => file('small', 'ogbgelu')).toThrow('no sample of that name for ogbgelu, which has no samples');
  });

  test.each([
    [
      'three-cycles',
      undefined,
      "--config: there is a sample 'three-cycles' for each of cifar, mnist, text_lm; say which with --workload",
    ],
    ['three-cycle', 'mnist', 'no sample of that name for mnist; did you mean `three-cycles`? There are: '],
    ['zzzzz', 'cifar', 'no sample of that name for cifar; there are: nesterov-cosine, three-cycles'],
    [
      'configs/elsewhere/three-cycles.yaml',
      'mnist',
      "there is no such file; the sample 'three-cycles' is taken by its name alone",
    ],
    ['elsewhere.yaml', 'mnist', 'elsewhere.yaml: there is no such file'],
    [
      'elsewhere',
      './mine.ts',
      "--config: there is no file 'elsewhere', and no sample of that name for ./mine.ts, which has no samples",
    ],
    ['..', 'mnist', '..: is a folder, not a file'],
    ['three cycles', 'mnist', 'three cycles: there is no such file'],
  ])('%j for %j is refused', (name, workload, message) => {
    expect(() => readConfig(name, {workload})).toThrow(message);
  });

  test('is not blamed for a workload that is not there, or is none', async () => {
    const folder = temporaryFolder();
    const config = 'three-cycles';
    await expect(loadConfig({workload: 'mnst', config})).rejects.toThrow(
      "--workload: there is no workload 'mnst'. Did you mean `mnist`?",
    );
    writeFileSync(join(folder, 'mine.ts'), 'export const workload = {name: 3};');
    const malformed = await cli(folder, ['run', '--workload', './mine.ts', '--config', config]);
    expect([malformed.code, malformed.stderr]).toEqual([
      2,
      expect.stringMatching(/^\.\/mine\.ts: workload\.name: must be/),
    ]);
    const words = ['--workload', 'mnst', '--config', config];
    for (const command of [
      ['run', ...words],
      ['plot', ...words],
      ['config', 'check', config, '--workload', 'mnst'],
    ]) {
      const {code, stderr} = await cli(folder, command);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/^--workload: there is no workload 'mnst'\./)]);
    }
  });

  test('comes after a file of that name', async () => {
    const folder = temporaryFolder();
    writeConfig(folder, SMALL, 'three-cycles');
    const words = ['config', 'check', 'three-cycles', '--workload', 'mnist', '--json'];
    expect(JSON.parse((await cli(folder, words)).stdout).schedule.budget_steps).toBe(45);
    expect(JSON.parse((await cli(temporaryFolder(), words)).stdout).schedule.budget_step_hints).toBe(1);
  });
});

describe('a config from standard input', () => {
  const piped = (text: string, words: readonly string[], folder = temporaryFolder()) => {
    const child = start(folder, words);
    child.stdin!.on('error', () => {}).end(text);
    return finished(child);
  };

  test('is checked, drawn and named <stdin> in messages', async () => {
    const checked = await piped(SMALL, ['config', 'check', '-', '--json']);
    expect(JSON.parse(checked.stdout)).toMatchObject({batch_size: 16});
    const folder = temporaryFolder();
    const drawn = await piped(SMALL, ['plot', '--workload', 'mnist', '--config', '-', '--out', 's.svg'], folder);
    expect([drawn.code, existsSync(join(folder, 's.svg'))], drawn.stderr).toEqual([0, true]);
    const wrong = await piped(SMALL.replace('0.002', 'fast'), ['config', 'check', '-']);
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringMatching(/^<stdin>:4:18: hyperparameters\.learning_rate: /),
    ]);
  });

  test('is read no further than a config goes', async () => {
    const {code, stderr} = await piped('a: 1\n'.repeat(2 ** 20), ['config', 'check', '-']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^<stdin>: is larger than 1 MiB/)]);
  });

  test('and empty is refused', async () => {
    expect((await piped('', ['config', 'check', '-'])).stderr).toMatch(/^<stdin>: is empty/);
  });
});
