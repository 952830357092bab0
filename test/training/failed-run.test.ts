import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import type {Submission} from '../../src/contract/index.js';
import {adamw} from '../../src/submissions/adamw/index.js';
import {loadWorkload} from '../../workloads/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {runInProcess} from '../helpers/run-in-process.js';

const CONFIG = `submission: adamw
batch_size: 4
hyperparameters: {learning_rate: 0.01, one_minus_beta1: 0.1, beta2: 0.99, weight_decay: 0, warmup_factor: 0}
schedule: {budget_steps: 4}
`;

test('a run that fails is not official, though nothing else speaks against it', async () => {
  const folder = temporaryFolder();
  writeSmallMnist(folder);
  const {dataSha256: _, ...mnist} = await loadWorkload('mnist');
  const workload = {...mnist, examples: {train: 500, evalTrain: 100, validation: 100, test: 100}};
  const built = adamw as unknown as Submission;
  const failing: Submission = {
    ...built,
    updateParams(context) {
      if (context.globalStep === 2) throw new Error('no more');
      return built.updateParams(context);
    },
  };
  const run = join(folder, 'experiments', 'a', 'mnist_tfjs', 'trial_1');
  const read = (name: string) => JSON.parse(readFileSync(join(run, name), 'utf8'));
  const start = (more: object) => runInProcess({folder, config: CONFIG, workload, ...more});
  await expect(start({submission: failing})).rejects.toThrow('no more');
  expect(read('meta_data_0.json')).toMatchObject({official: true, not_official_because: []});
  expect(read('result.json')).toMatchObject({
    status: 'failed',
    official: false,
    notOfficialBecause: ['the run failed'],
  });
  // Nor is a state kept that a failed step may have left half new: the last checkpoint is older.
  expect(readdirSync(join(run, 'checkpoints'))).toEqual(['step-1.safetensors']);
  // What the failure left undone is done, and then nothing speaks against the run any more.
  const {result} = await start({submission: built, resume: true});
  expect(result).toMatchObject({status: 'budget_spent', globalStep: 4, official: true, notOfficialBecause: []});
});
