import {cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {stringify} from 'yaml';
import {readEvents, resetsOf} from '../../src/runs/index.js';
import {type TrainOptions, train} from '../../src/training/index.js';
import {tune} from '../../src/tuning/index.js';
import {examineRun} from '../../src/verification/index.js';
import {testBackend} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

/** Runs of every kind, each of a few steps, on the same small data. */
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-kinds-'));
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

const CYCLES = {
  batch_size: 4,
  evaluation: {every_steps: 2, stop_at_target: false},
  hyperparameters: {learning_rate: 0.002, one_minus_beta1: 0.1, beta2: 0.99, weight_decay: 0.01, warmup_factor: 0.1},
  schedule: {
    budget_steps: 14,
    warmup_schedule_fns: ['linear', 'cosine'],
    decay_schedule_fns: ['cosine', 'linear'],
    alter_decays: [0, 0.001],
    alter_warmups: [0, 0],
  },
};
/** Steps so large that the loss rises, which ends a cycle. */
const EARLY = {
  hyperparameters: {...CYCLES.hyperparameters, learning_rate: 0.3},
  early_stopping: {enabled: true, epsilon: 0, epsilon2: 0, recovery_time: 1, smoothing: 1},
};

let made = 0;
/** A config file of its own. */
function configFile(more: object = {}): string {
  const file = join(folder, `config-${++made}.yaml`);
  writeFileSync(file, stringify({...CYCLES, ...more}));
  return file;
}

/** The options of a run under a name of its own. */
function optionsOf(more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    workload: 'mnist',
    experimentDir: join(folder, 'experiments'),
    experimentName: `run-${++made}`,
    dataDir: join(folder, 'data'),
    backend: testBackend,
    ...more,
  };
}

async function expectPassed(path: string): Promise<void> {
  const {findings, isConsistent} = await examineRun(path);
  expect(findings.filter(({outcome}) => outcome === 'failed')).toEqual([]);
  expect(isConsistent).toBe(true);
}

const histories: {readonly [name: string]: (options: TrainOptions) => Promise<string>} = {
  async 'at once'(options) {
    return (await train(options)).path;
  },
  async 'in two parts'(options) {
    await train({...options, maxGlobalSteps: 9});
    return (await train({...options, resume: true})).path;
  },
  async 'after a kill'(options) {
    const stop = new AbortController();
    const kept = join(folder, `killed-${++made}`);
    const at = join(options.experimentDir!, options.experimentName!);
    // What is on the disk at that moment is what a killed process leaves.
    const event = ({globalStep}: {readonly globalStep: number}): void => {
      if (globalStep < 9 || stop.signal.aborted) return;
      cpSync(at, kept, {recursive: true, filter: (source) => !source.endsWith('LOCK')});
      stop.abort();
    };
    await train({...options, signal: stop.signal, watcher: {event}});
    rmSync(at, {recursive: true});
    renameSync(kept, at);
    return (await train({...options, resume: true})).path;
  },
};

describe.each(['none', 'reinit', 'multiply'])('a run with the reset %s', (method) => {
  describe.each(['planned', 'early'])('%s', (kind) => {
    test.each(Object.keys(histories))('%s', async (history) => {
      const config = configFile({reset: {method}, ...(kind === 'early' && EARLY)});
      const path = await histories[history]!(optionsOf({config, rngSeed: 7}));
      await expectPassed(path);
      const {events} = readEvents(path);
      const isStopped = resetsOf(events).some(({cause}) => cause.includes('stopped'));
      expect(isStopped, JSON.stringify(events)).toBe(kind === 'early');
    });
  });
});

test('a run with files for TensorBoard and all checkpoints, whose experiments were moved', async () => {
  const config = configFile({checkpoints: {keep: 'all'}});
  const {path} = await train(optionsOf({config, tensorboard: true, experimentDir: join(folder, 'before')}));
  renameSync(join(folder, 'before'), join(folder, 'after'));
  await expectPassed(path.replace('before', 'after'));
});

test('the trials of a study', async () => {
  const space = join(folder, 'space.json');
  writeFileSync(space, '[{"learning_rate": 0.001}, {"learning_rate": 0.01}]');
  const experimentName = `run-${++made}`;
  const trials = {tuningSearchSpace: space, numTuningTrials: 2, numStudies: 2, study: 2, rngSeed: 3};
  await tune({...optionsOf({config: configFile(), experimentName}), ...trials});
  for (const trial of [1, 2])
    await expectPassed(join(folder, 'experiments', experimentName, 'study_2', 'mnist_tfjs', `trial_${trial}`));
});
