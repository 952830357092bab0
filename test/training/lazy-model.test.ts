import {existsSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {lazyModel} from '../../src/submissions/index.js';
import {loadWorkload} from '../../workloads/index.js';
import {cli, SMALL, temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {runInProcess} from '../helpers/run-in-process.js';

test('a model is made when it is looked at, and once', () => {
  let made = 0;
  const model = lazyModel(() => {
    made += 1;
    return {params: {a: {shape: [], dtype: 'float32', data: new Float32Array(1)}}, modelState: {}};
  });
  expect(made).toBe(0);
  expect(model.params).toBe(model.params);
  expect([model.modelState, made]).toEqual([{}, 1]);
});

test('a run makes its model where it begins, and not where it continues', async () => {
  const folder = temporaryFolder();
  writeSmallMnist(folder);
  const mnist = await loadWorkload('mnist');
  let made = 0;
  const workload: typeof mnist = {
    ...mnist,
    initModel(key) {
      made += 1;
      return mnist.initModel(key);
    },
  };
  const run = {folder, config: SMALL, workload};
  await runInProcess({...run, maxGlobalSteps: 4});
  expect(made).toBe(1);
  const {globalStep} = await runInProcess({...run, maxGlobalSteps: 8, resume: true});
  expect([globalStep, made]).toEqual([8, 1]);
});

const SUBMISSION = `
export const getBatchSize = () => 4;
export const dataSelection = ({inputQueue}) => inputQueue.next();
export const initOptimizerState = ({recorder}) => {
  recorder.schedule({learningRate: () => 0.5, totalSteps: 9, cycles: []});
  return {init: () => { throw new Error('made'); }, entries: {}, save: () => null};
};
export const updateParams = () => {};
`;

test('a plot asks for no tensors; a run that does blames whose function failed', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'mine.mjs'), SUBMISSION);
  writeFileSync(join(folder, 'c.yaml'), 'evaluation: {every_steps: 2}\n');
  const words = ['--workload', 'mnist', '--config', 'c.yaml', '--submission', 'mine.mjs'];
  expect((await cli(folder, ['plot', ...words])).stdout).toBe('lr-schedule.png\n');
  expect(existsSync(join(folder, 'lr-schedule.png'))).toBe(true);
  const {code, stderr} = await cli(folder, ['run', ...words, '--backend', 'wasm']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('mine.mjs: init failed: Error: made')]);
});
