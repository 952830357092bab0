import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {takeLock} from '../../src/runs/index.js';
import * as training from '../../src/training/index.js';
import {findTrials, type PlannedTrial, planTuning, type TuneOptions, trialSeed, tune} from '../../src/tuning/index.js';
import {filesBelow, numbersOf, temporaryFolder, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

const CONFIG = `batch_size: 16
evaluation: {every_steps: 4, stop_at_target: false}
hyperparameters:
  optimizer: nadamw
  learning_rate: 0.002
  one_minus_beta1: 0.1
  beta2: 0.99
  weight_decay: 0.01
  warmup_factor: 0.1
schedule:
  budget_steps: 8
  warmup_schedule_fns: [linear]
  decay_schedule_fns: [cosine]
  alter_decays: [0]
  alter_warmups: [0]
`;
const SPACE = {
  learning_rate: {min: 1e-4, max: 1e-2, scaling: 'log'},
  'schedule.decay_schedule_fns': {feasible_points: [['cosine'], ['linear']]},
};
const TABLES = ['eval_measurements.csv', 'measurements.csv', 'schedule.csv'];

/** A folder with a config, a search space and data. */
function prepared(space: unknown = SPACE, folder = temporaryFolder()): string {
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  writeConfig(folder, CONFIG);
  writeFileSync(join(folder, 'space.json'), JSON.stringify(space));
  return folder;
}

function optionsIn(folder: string, more: Partial<TuneOptions> = {}): TuneOptions {
  return {
    workload: 'mnist',
    config: join(folder, 'small.yaml'),
    tuningSearchSpace: join(folder, 'space.json'),
    experimentDir: join(folder, 'experiments'),
    experimentName: 'a',
    dataDir: join(folder, 'data'),
    backend: 'wasm',
    rngSeed: 5,
    ...more,
  };
}

const runOf = (folder: string, trial: number, study?: number) =>
  join(folder, 'experiments', 'a', ...(study ? [`study_${study}`] : []), 'mnist_tfjs', `trial_${trial}`);
const tablesIn = (run: string) => TABLES.map((name) => numbersOf(join(run, name)));
const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

test('two studies of two trials: points, seeds and numbers are those of runs made alone, in one runtime', async () => {
  const folder = prepared();
  const engine = vi.fn();
  const data = vi.fn();
  const result = await tune(optionsIn(folder, {numTuningTrials: 2, numStudies: 2, watcher: {engine, data}}));
  expect(result.trials.map(({study, trial, globalStep}) => [study, trial, globalStep])).toEqual([
    [1, 1, 8],
    [1, 2, 8],
    [2, 1, 8],
    [2, 2, 8],
  ]);
  expect(result).toMatchObject({failures: 0, tuningRuleset: 'external', rngSeed: 5});
  expect(new Set(engine.mock.calls.map(([info]) => info)).size).toBe(1);
  const [first, , third] = result.trials;
  expect(first!.point).toEqual(third!.point);
  expect(first!.rngSeed).toBe(trialSeed({seed: 5, study: 1, workload: 'mnist', trial: 1}));
  expect(json(join(runOf(folder, 1, 2), 'meta_data_0.json'))).toMatchObject({
    rng_seed: third!.rngSeed,
    tuning_ruleset: 'external',
    tuning_rng_seed: 5,
    study: 2,
    trial: 1,
  });
  expect(json(join(runOf(folder, 2, 1), 'hparams.json')).learning_rate).toBe(result.trials[1]!.point.learning_rate);
  const {tuningSearchSpace: _, ...single} = optionsIn(folder, {experimentName: 'alone', rngSeed: third!.rngSeed});
  const alone = await training.train({
    ...(single as training.TrainOptions),
    set: [
      `hyperparameters.learning_rate=${third!.point.learning_rate}`,
      `schedule.decay_schedule_fns=${JSON.stringify(third!.point['schedule.decay_schedule_fns'])}`,
    ],
  } as training.TrainOptions);
  expect(tablesIn(runOf(folder, 1, 2))).toEqual(tablesIn(alone.path));
});

test('the same again runs nothing twice; jobs that share the trials leave none out', async () => {
  const folder = prepared();
  const begun: number[] = [];
  const trial = (planned: PlannedTrial) => void begun.push(planned.trial);
  const options = optionsIn(folder, {numTuningTrials: 3, watcher: {trial}});
  expect((await tune({...options, hparamStartIndex: 2})).secondsToTarget).toBeUndefined();
  await tune({...options, hparamEndIndex: 1});
  const files = filesBelow(folder);
  expect((await tune(options)).failures).toBe(0);
  expect(begun).toEqual([3, 1, 2]);
  expect(
    filesBelow(folder)
      .filter((name) => !files.includes(name))
      .every((name) => name.includes('trial_2/')),
  ).toBe(true);
  await tune(options);
  expect(begun).toHaveLength(3);
});

test('without a seed one is drawn and kept: the same command finds it again; jobs that share trials need one', async () => {
  const folder = prepared();
  const {rngSeed: _, ...options} = optionsIn(folder, {numTuningTrials: 2, maxGlobalSteps: 1});
  await expect(tune({...options, hparamEndIndex: 1})).rejects.toThrow(
    '--rng-seed: jobs that share the trials need the same seed',
  );
  const {rngSeed} = await tune(options);
  const again = await tune({...options, hparamEndIndex: 1});
  expect(again.rngSeed).toBe(rngSeed);
  expect(again.trials[0]!.status).toBe('stopped');
});

test('interrupted, it continues where it was; with a later limit of steps too; the numbers are those of one that was not', async () => {
  const folder = prepared();
  const whole = prepared();
  await tune(optionsIn(whole, {numTuningTrials: 2, hparamEndIndex: 1}));
  const stop = new AbortController();
  const event = ({name, globalStep}: {name: string; globalStep: number}) =>
    name === 'evaluation' && globalStep === 4 && stop.abort('SIGINT');
  const stopped = await tune(optionsIn(folder, {numTuningTrials: 2, signal: stop.signal, watcher: {event}}));
  expect(stopped.trials.map(({status}) => status)).toEqual(['unfinished', 'unfinished']);
  expect(existsSync(runOf(folder, 2))).toBe(false);
  const standings: unknown[] = [];
  const watcher = {
    trial: (_: unknown, standing: training.Standing) => standings.push([standing.state, standing.globalStep]),
  };
  await tune(optionsIn(folder, {numTuningTrials: 2, maxGlobalSteps: 6, watcher}));
  await tune(optionsIn(folder, {numTuningTrials: 2, hparamEndIndex: 1, watcher}));
  expect(standings).toEqual([
    ['unfinished', 4],
    ['absent', 0],
    ['unfinished', 6],
  ]);
  expect(tablesIn(runOf(folder, 1))).toEqual(tablesIn(runOf(whole, 1)));
});

describe('what changed in between is refused with what differs', () => {
  let folder = '';
  beforeAll(async () => {
    folder = prepared(SPACE, mkdtempSync(join(tmpdir(), 'algoperf-ts-tune-')));
    await tune(optionsIn(folder, {numTuningTrials: 2, maxGlobalSteps: 1}));
  });
  afterAll(() => rmSync(folder, {recursive: true, force: true}));
  const again = (more: Partial<TuneOptions>) =>
    tune(optionsIn(folder, {numTuningTrials: 2, maxGlobalSteps: 1, ...more}));
  const other = (space: unknown): string => {
    const file = join(temporaryFolder(), 'other.json');
    writeFileSync(file, JSON.stringify(space));
    return file;
  };
  test.each([
    [
      'a further range',
      () => ({tuningSearchSpace: other({...SPACE, learning_rate: {...SPACE.learning_rate, max: 1}})}),
      '  search_space.learning_rate.max: was 0.01, is now 1\n',
    ],
    [
      'another order of names',
      () => ({tuningSearchSpace: other(Object.fromEntries(Object.entries(SPACE).reverse()))}),
      'have another order',
    ],
    ['another config', () => ({set: ['hyperparameters.beta2=0.9']}), '  hyperparameters.beta2: was 0.99, is now 0.9\n'],
  ])('%s', async (_, more, message) => {
    await expect(again(more())).rejects.toThrow(message);
  });
  test('what was not started as trials is not taken for one', async () => {
    const options = optionsIn(folder, {experimentName: 'single', maxGlobalSteps: 1});
    const {tuningSearchSpace: _, ...alone} = {...options, experimentDir: options.experimentDir!};
    await training.train(alone as training.TrainOptions);
    await expect(tune(options)).rejects.toThrow('already exists, and is no trial of these');
    const {rngSeed: __, ...single} = alone;
    const source = training.readRunConfig(single);
    const plan = planTuning(single, source, await training.loadParts(single, source));
    const common = {...single, backend: 'wasm', flags: {}, signal: new AbortController().signal};
    expect(findTrials(plan, common).map(({standing}) => standing?.state)).toEqual(['complete']);
    await expect(tune({...options, overwrite: true})).resolves.toMatchObject({failures: 0});
  });
});

test('a trial in which another process is at work is left to it, and the others are run', async () => {
  const folder = prepared();
  const options = optionsIn(folder, {numTuningTrials: 2, maxGlobalSteps: 1, watcher: {trial: stopAtTrial}});
  const stop = new AbortController();
  function stopAtTrial(): void {
    stop.abort('SIGINT');
  }
  await tune({...options, signal: stop.signal});
  const busy: number[] = [];
  const lock = await takeLock(runOf(folder, 1));
  const result = await tune({...options, watcher: {busy: ({trial}) => void busy.push(trial)}});
  expect(busy).toEqual([1]);
  expect(result.trials.map(({status}) => status)).toEqual(['running', 'stopped']);
  expect(result.secondsToTarget).toBeUndefined();
  lock.release();
});

test('trials that are replaced by fewer leave none behind', async () => {
  const folder = prepared();
  const options = optionsIn(folder, {maxGlobalSteps: 1, overwrite: true});
  await tune({...options, numTuningTrials: 2});
  expect(existsSync(runOf(folder, 2))).toBe(true);
  await tune({...options, numTuningTrials: 1});
  expect([1, 2].map((trial) => existsSync(runOf(folder, trial)))).toEqual([true, false]);
});

describe('a trial that fails does not affect the others', () => {
  test('one is refused, one diverges, one throws: each is recorded, and the last one runs', async () => {
    const points = [{learning_rate: 'a'}, {learning_rate: 1e38}, {batch_size: 1000}, {learning_rate: 0.001}];
    const folder = prepared(points.map((point) => ({batch_size: 16, learning_rate: 0.002, ...point})));
    const failed: string[] = [];
    const watcher = {failed: (_: PlannedTrial, error: unknown) => void failed.push((error as Error).message)};
    const options = optionsIn(folder, {numTuningTrials: 4, watcher});
    const result = await tune(options);
    expect(result.trials.map(({status}) => status)).toEqual(['refused', 'diverged', 'failed', 'target_reached']);
    expect(result.failures).toBe(3);
    const place = `${join(folder, 'space.json')}:1:`;
    expect(result.trials[0]!.reason).toContain(`${place}19: learning_rate: `);
    expect(json(join(runOf(folder, 1), 'result.json'))).toMatchObject({status: 'failed', globalStep: 0});
    expect(failed).toEqual([expect.stringContaining(`batch_size: `)]);
    expect(json(join(runOf(folder, 3), 'result.json')).reason).toBe(failed[0]);
    // Started again, what failed is tried again, and nothing else.
    const begun: number[] = [];
    await tune({...options, watcher: {trial: ({trial}) => void begun.push(trial)}});
    expect(begun).toEqual([3]);
  });

  test('where all points are refused, nothing is made', async () => {
    const folder = prepared({learning_rat: {feasible_points: [1, 2]}});
    await expect(tune(optionsIn(folder, {numTuningTrials: 2}))).rejects.toThrow(
      `${join(folder, 'space.json')}:1:2: learning_rat: there is no such key; did you mean \`learning_rate\`?`,
    );
    expect(existsSync(join(folder, 'experiments'))).toBe(false);
  });
});

test('self-tuning: one trial, and one and a half times the budget', async () => {
  const folder = prepared();
  const {tuningSearchSpace: _, ...options} = optionsIn(folder, {tuningRuleset: 'self', maxGlobalSteps: 1});
  const result = await tune({...options, set: ['evaluation.every_steps=null'], maxRuntime: 89});
  expect(result.trials).toHaveLength(1);
  const meta = json(join(runOf(folder, 1), 'meta_data_0.json'));
  expect(meta).toMatchObject({
    tuning_ruleset: 'self',
    not_official_because: ["the data has other example counts than the workload's"],
  });
  const longer = await tune({...options, experimentName: 'b', set: ['evaluation.every_steps=null'], maxRuntime: 91});
  expect(json(join(longer.trials[0]!.path, 'meta_data_0.json')).not_official_because).toContain(
    "--max-runtime is longer than the workload's budget",
  );
  await expect(tune({...options, tuningRuleset: undefined, set: ['evaluation.every_steps=null']})).rejects.toThrow(
    'tuning_ruleset: was "self", is now "external"',
  );
});
