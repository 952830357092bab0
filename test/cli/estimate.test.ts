import {mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {cli, temporaryFolder, testBackend, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

test('an estimate times steps and an evaluation of the first trial, and leaves nothing', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  writeConfig(folder);
  const words = [
    'run',
    '--workload',
    'mnist',
    '--config',
    'small.yaml',
    '--data-dir',
    'data',
    '--backend',
    testBackend,
  ];
  const {code, stdout, stderr} = await cli(folder, [...words, '--estimate', '--num-studies', '3', '--json']);
  expect(code, stderr).toBe(0);
  const estimate = JSON.parse(stdout);
  // Evaluated every 10 of the 45 steps, and after the first and the last.
  expect(estimate).toMatchObject({
    totalSteps: 45,
    timedSteps: 44,
    fits: true,
    evaluations: 6,
    budgetSeconds: 60,
    trials: 3,
  });
  expect(estimate.stepSeconds).toBeGreaterThan(0);
  expect(estimate.evaluationSeconds).toBeGreaterThan(0);
  expect(readdirSync(folder).sort()).toEqual(['data', 'small.yaml']);
});
