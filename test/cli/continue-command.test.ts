import {execFileSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {continueCommand} from '../../src/cli/continue-command.js';
import {cli, temporaryFolder, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

const run = {experiment: 'a', path: 'experiments/a/mnist_tfjs/trial_1'};

test.each([
  ['run --workload mnist', undefined, 'run --workload mnist --experiment-name a --resume'],
  ['run --experiment-name=a --overwrite --json', undefined, 'run --json --experiment-name a --resume'],
  ['run --experiment-name a --begin-or-resume', undefined, 'run --experiment-name a --resume'],
  ['run --resume --max-global-steps 5', 'maxGlobalSteps', 'run --experiment-name a --resume'],
  ['run --max-global-steps=5 --max-runtime 9', 'maxGlobalSteps', 'run --max-runtime 9 --experiment-name a --resume'],
  ['run --max-global-steps 5 --max-runtime 9', 'maxRuntime', 'run --max-global-steps 5 --experiment-name a --resume'],
  ['run --max-global-steps 5', undefined, 'run --max-global-steps 5 --experiment-name a --resume'],
  [
    'run --config - --set a=-',
    undefined,
    `run --config ${run.path}/config.yaml --set a=- --experiment-name a --resume`,
  ],
  ['run --config=-', undefined, `run --config=${run.path}/config.yaml --experiment-name a --resume`],
] as const)('%s, ended by %s', (line, limit, expected) => {
  expect(continueCommand({words: line.split(' '), ...run, limit})).toBe(`algoperf-ts ${expected}`);
});

test('a shell reads each word back', () => {
  const words = [
    'run',
    '--set',
    'schedule.alter_decays=[0,.002]',
    '--config',
    "it's mine $HOME.yaml",
    '--data-dir',
    '',
  ];
  const command = continueCommand({words, ...run, experiment: 'a b'}).replace('algoperf-ts', '');
  const read = execFileSync('sh', ['-c', `for word in ${command}; do printf '%s\\0' "$word"; done`], {
    encoding: 'utf8',
  });
  expect(read.split('\0').slice(0, -1)).toEqual([...words, '--experiment-name', 'a b', '--resume']);
});

test('after a limit the command is shown that goes on without it, and does', async () => {
  const folder = temporaryFolder();
  writeConfig(folder);
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  const words = ['run', '--workload', 'mnist', '--config', 'small.yaml', '--data-dir', 'data', '--backend', 'wasm'];
  const first = await cli(folder, [...words, '--max-global-steps', '3', '--set', 'schedule.alter_decays=[0, .002]']);
  expect(first.code, first.stderr).toBe(0);
  const command = first.stderr.match(/^to continue without this limit: algoperf-ts (.*)$/m)![1]!;
  const again = command.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll("'", ''));
  expect(again).not.toContain('--max-global-steps');
  const second = await cli(folder, again);
  expect(second.code, second.stderr).toBe(0);
  expect(second.stdout).toContain('after 45 steps');
  expect(second.stderr).toMatch(/^resuming \S+ from its checkpoint after step 3$/m);
  expect(second.stderr).not.toMatch(/to continue|warning: resuming/);
});
