import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {FILES, lockHolder, type RunResult, readResult, takeLock, writeResult} from '../../src/runs/index.js';
import {lockText, newHolder} from '../../src/runs/lock-file.js';
import {UserError} from '../../src/support/index.js';
import {leaveFailure} from '../../src/training/finish.js';
import type {RunOptions} from '../../src/training/index.js';
import type {OpenRun} from '../../src/training/prepare.js';
import {allowedSeconds, noteReasons, reasonsNotOfficial} from '../../src/training/process-files.js';
import {recordCrash, recordRefusal} from '../../src/training/refusal.js';
import {requireSameRun} from '../../src/training/run-folder.js';
import {canContinue, limitOf, resolveResume, standingOf} from '../../src/training/standing.js';
import {temporaryFolder} from '../helpers/cli.js';
import {tinyWorkload} from '../helpers/fakes.js';
import {stoppedResult} from '../helpers/run-folders.js';

let experimentDir = '';
let run = '';
beforeEach(() => {
  experimentDir = temporaryFolder();
  run = join(experimentDir, 'a', 'tiny_tfjs', 'trial_1');
});

const config = 'hyperparameters: {learning_rate: 1, beta: 2}\n';
const warnings: string[] = [];

function options(more: object = {}): RunOptions {
  const loaded = {resolved: config, config: {evaluation: {}, checkpoints: {keep: 'best'}}};
  const watcher = {warn: (message: string) => warnings.push(message)};
  return {experimentDir, experimentName: 'a', workload: tinyWorkload, loaded, watcher, ...more} as never;
}

/** Writes the folder of a run as it begins. */
function begin(meta: unknown = {rng_seed: 7, backend: 'wasm'}, text = config): void {
  mkdirSync(run, {recursive: true});
  writeFileSync(join(run, 'config.yaml'), text);
  writeFileSync(join(run, 'meta_data_0.json'), JSON.stringify(meta));
}

const ended: RunResult = {...stoppedResult, status: 'budget_spent', workload: 'tiny', globalStep: 50};

describe('how far a run has come', () => {
  test('absent, refused, unfinished, complete', async () => {
    expect(standingOf(options())).toEqual({state: 'absent', globalStep: 0, result: undefined});
    await recordRefusal(
      {...options(), experimentName: 'a', config: {hyperparameters: {beta: -1}}, overrides: {}},
      'no',
    );
    expect(standingOf(options())).toMatchObject({state: 'refused', globalStep: 0, result: {reason: 'no'}});
    begin();
    mkdirSync(join(run, 'checkpoints'));
    writeFileSync(join(run, 'checkpoints', 'step-12.safetensors'), '');
    writeResult(run, {...ended, status: 'failed'});
    expect(standingOf(options())).toMatchObject({state: 'unfinished', globalStep: 12, result: {status: 'failed'}});
    writeResult(run, {...ended, status: 'target_reached'});
    expect(standingOf(options())).toMatchObject({
      state: 'complete',
      globalStep: 50,
      result: {status: 'target_reached'},
    });
  });

  test.each([
    [{status: 'failed'}, {}, true],
    [{status: 'diverged'}, {}, false],
    [{status: 'target_reached'}, {}, false],
    [{status: 'target_reached'}, {maxRuntime: 61}, false],
    [{status: 'diverged'}, {maxRuntime: 61}, false],
    [{status: 'stopped'}, {maxGlobalSteps: 50}, false],
    [{status: 'stopped'}, {maxGlobalSteps: 51}, true],
    [{status: 'stopped'}, {}, true],
    [{}, {}, false],
    [{}, {maxRuntime: 60}, false],
    [{}, {maxRuntime: 61}, true],
    [{trainingComplete: true}, {maxRuntime: 61}, false],
    [{}, {tuning: {ruleset: 'self'}}, true],
    [{}, {loaded: {config: {evaluation: {everySteps: 5}}}}, true],
    [{status: 'terminated_early'}, {}, true],
    [{status: 'terminated_early'}, {judge: () => {}}, false],
  ] as const)('a run that ended as %o has something left to do with the options %o: %s', (result, more, expected) => {
    expect(canContinue({...ended, ...result}, options(more))).toBe(expected);
  });
});

test('a run is over by the limit without which it would go on', () => {
  const limit = (result: Partial<RunResult>, more: object) => limitOf({...ended, ...result}, options(more));
  expect(limit({status: 'stopped'}, {maxGlobalSteps: 50})).toBe('maxGlobalSteps');
  expect(limit({status: 'stopped'}, {maxGlobalSteps: 51})).toBeUndefined();
  expect(limit({times: {...ended.times, submission: 40}}, {maxRuntime: 30})).toBe('maxRuntime');
  expect(limit({times: {...ended.times, submission: 60}}, {maxRuntime: 30})).toBeUndefined();
  expect(limit({status: 'target_reached'}, {maxRuntime: 30, maxGlobalSteps: 50})).toBeUndefined();
});

describe('to begin or resume', () => {
  test('is decided by the folder', async () => {
    const same = options();
    expect(resolveResume(same)).toBe(same);
    expect(resolveResume(options({beginOrResume: true}))).toMatchObject({resume: false, overwrite: false});
    await recordRefusal({...options(), experimentName: 'a', config: {}, overrides: {}}, 'no');
    expect(resolveResume(options({beginOrResume: true}))).toMatchObject({resume: false, overwrite: true});
    begin();
    writeResult(run, {...ended, status: 'failed'});
    expect(resolveResume(options({beginOrResume: true}))).toMatchObject({resume: true, overwrite: false});
    writeResult(run, ended);
    expect(resolveResume(options({beginOrResume: true}))).toMatchObject({resume: true, overwrite: false});
  });

  test.each([
    [{experimentName: undefined}, '--begin-or-resume: say which run with --experiment-name <name>'],
    [{overwrite: true}, '--begin-or-resume: a run that may be resumed is not replaced'],
  ])('needs a name, and replaces nothing: %o', (more, message) => {
    expect(() => resolveResume(options({beginOrResume: true, ...more}))).toThrow(message);
  });
});

describe('a run is resumed as it was started', () => {
  test('with its config, seed and ruleset', () => {
    begin();
    expect(requireSameRun(run, options({rngSeed: 7}))).toMatchObject({rng_seed: 7, backend: 'wasm', codeChanges: []});
    begin(undefined, '# other comments\nhyperparameters:\n  beta: 2\n  learning_rate: 1\n');
    expect(requireSameRun(run, options())).toMatchObject({rng_seed: 7});
    begin({rng_seed: 7, backend: 'wasm', tuning_ruleset: 'self'});
    expect(requireSameRun(run, options({tuning: {ruleset: 'self'}}))).toMatchObject({rng_seed: 7});
  });

  test.each([
    [undefined, 'hyperparameters: {learning_rate: 3}\n', {}, 'hyperparameters.learning_rate: was 3, is now 1'],
    [
      undefined,
      'hyperparameters: {learning_rate: 3}\n',
      {},
      'was started with another config:\n  hyperparameters.learning_rate: was 3, is now 1\n  hyperparameters.beta: was not set, is now 2\nUse',
    ],
    [undefined, '- 1\n', {}, "its config.yaml can't be read (it holds no config)"],
    [undefined, 'words\n', {}, "its config.yaml can't be read (it holds no config)"],
    [undefined, 'null\n', {}, "its config.yaml can't be read (it holds no config)"],
    [undefined, 'a: [', {}, "its config.yaml can't be read (Flow sequence"],
    [undefined, config, {rngSeed: 8}, 'has the seed 7, got 8; leave it out to continue'],
    [undefined, config, {tuning: {ruleset: 'self'}}, 'was started with external, got self'],
    [{rng_seed: 7, backend: 'wasm', tuning_ruleset: 'self'}, config, {}, 'was started with self, got external'],
    [{rng_seed: 1.5, backend: 'wasm'}, config, {}, 'it has no rng_seed that is an integer'],
    [{rng_seed: 7}, config, {}, 'it has no backend that is a string'],
  ])('otherwise it is refused: %j %j %j', (meta, text, more, message) => {
    begin(meta, text);
    const work = () => requireSameRun(run, options(more));
    expect(work).toThrow(UserError);
    expect(work).toThrow(message);
  });
});

describe('a run that does not come to its end', () => {
  test('is recorded as refused, with the config as it was given, in place of an earlier refusal', async () => {
    const refused = {...options(), experimentName: 'a', config: {hyperparameters: {beta: -1}}, overrides: {beta: -1}};
    for (const reason of ['first', 'beta must be positive']) await recordRefusal(refused, reason);
    const read = (file: string) => readFileSync(join(run, file), 'utf8');
    expect(read('config.yaml')).toBe(
      '# The configuration as it was given: it was refused.\nhyperparameters:\n  beta: -1\n',
    );
    expect(JSON.parse(read('hparams.json'))).toEqual({beta: -1});
    expect(readResult(run)).toEqual({
      ...{status: 'failed', reason: 'beta must be positive', workload: 'tiny', experiment: 'a', path: run},
      ...{globalStep: 0, metric: 'accuracy', best: null, last: null, timeToTarget: null, timeToTestTarget: null},
      times: {submission: 0, evaluation: 0, logging: 0, total: 0},
      ...{
        overshootSeconds: 0,
        official: false,
        notOfficialBecause: ['it was not started', 'the run failed'],
        trainingComplete: false,
      },
    });
    expect(lockHolder(run)).toBeUndefined();
    await recordRefusal({...refused, config: null}, 'empty');
    expect(JSON.parse(read('hparams.json'))).toEqual({});
  });

  test('is recorded as failed where its process ended without saying so, at its last evaluation', async () => {
    begin({rng_seed: 7, backend: 'wasm', not_official_because: ['of a clock']});
    await recordCrash(options(), 'killed by SIGKILL');
    expect(readResult(run)).toMatchObject({
      ...{status: 'failed', reason: 'killed by SIGKILL', globalStep: 0, best: null, timeToTarget: null},
      times: {submission: 0, evaluation: 0, logging: 0, total: 0},
      ...{official: false, notOfficialBecause: ['of a clock', 'the run failed'], trainingComplete: false},
    });
    await recordCrash(options(), 'another reason');
    expect(readResult(run)?.reason).toBe('killed by SIGKILL');
    expect(lockHolder(run)).toBeUndefined();
  });

  test('is recorded as refused where its study and trial are, and its result handed on', async () => {
    const results: unknown[] = [];
    const watcher = {warn: () => {}, result: (written: unknown) => results.push(written)};
    const place = {experimentName: 'a', study: 2, trial: 3, config: {}, overrides: {beta: 5}};
    await recordRefusal({...options({watcher}), ...place}, 'no');
    const path = join(experimentDir, 'a', 'study_2', 'tiny_tfjs', 'trial_3');
    const text = readFileSync(join(path, 'result.json'), 'utf8');
    expect(results).toEqual([{file: join(path, 'result.json'), text}]);
    expect(JSON.parse(text)).toMatchObject({path, reason: 'no', trainingComplete: false});
    expect(JSON.parse(readFileSync(join(path, FILES.overrides), 'utf8'))).toEqual({beta: 5});
  });

  /** Writes the evaluations of a run that reached the validation target at its second. */
  const evaluated = (accuracies: readonly (number | string)[]) => {
    begin();
    const rows = accuracies.map((accuracy, i) => `${i + 1},${2 * i},0,1,${accuracy},1,10,0,1,10`);
    const metrics = ['validation', 'test'].flatMap((split) =>
      ['accuracy', 'loss', 'num_examples'].map((name) => `${split}/${name}`),
    );
    const columns = ['global_step', 'accumulated_submission_time', 'train/accuracy', 'train/loss', ...metrics];
    writeFileSync(join(run, 'eval_measurements.csv'), `${[columns.join(), ...rows].join('\n')}\n`);
  };

  test('is recorded as failed with what its evaluations came to, and its result handed on', async () => {
    evaluated([0.5, 0.9, 0.7]);
    const results: {file: string; text: string}[] = [];
    await recordCrash(
      options({watcher: {warn: () => {}, result: (written: never) => results.push(written)}}),
      'killed',
    );
    expect(readResult(run)).toMatchObject({
      ...{globalStep: 3, best: {globalStep: 2, seconds: 2, value: 0.9}, last: {'validation/accuracy': 0.7}},
      ...{timeToTarget: {globalStep: 2, seconds: 2}, timeToTestTarget: null, times: {submission: 4, total: 0}},
    });
    expect(results.map(({file}) => file)).toEqual([join(run, 'result.json')]);
    expect(results[0]!.text).toBe(readFileSync(join(run, 'result.json'), 'utf8'));
  });

  test('is left as it is, and free, where its evaluations cannot be read', async () => {
    evaluated(['much']);
    await expect(recordCrash(options(), 'killed')).rejects.toThrow(
      "validation/accuracy must be a number, found 'much'",
    );
    expect(readResult(run)).toBeUndefined();
    expect(lockHolder(run)).toBeUndefined();
  });

  test.each([
    [
      'refused',
      (more: object) => recordRefusal({...options(more), experimentName: 'a', config: {}, overrides: {}}, 'no'),
    ],
    ['failed', (more: object) => recordCrash(options(more), 'killed')],
  ])('says before it is recorded as %s that a process of another system may be at work in it', async (_, record) => {
    begin();
    writeFileSync(join(run, 'LOCK'), lockText({...newHolder(), system: 'another'}));
    const warn = (message: string) => {
      throw new Error(`warned: ${message}`);
    };
    await expect(record({watcher: {warn}})).rejects.toThrow(/^warned: .* may be at work in this run/);
  });

  test('leaves its error in its folder, unless another process has taken the run over', async () => {
    begin();
    const lock = await takeLock(run);
    const evaluations = [
      {globalStep: 1, submissionTime: 2, metrics: {'validation/accuracy': 0.5, 'validation/loss': 1}},
      {globalStep: 9, submissionTime: 4, metrics: {'validation/accuracy': 0.9, 'validation/loss': 1}},
      {globalStep: 17, submissionTime: 8, metrics: {'validation/accuracy': 0.7, 'validation/loss': 1}},
    ];
    const folder = {path: run, experiment: 'a', lock, notOfficial: []};
    const open = {folder, evaluations, options: options({maxRuntime: 5})} as unknown as OpenRun;
    leaveFailure(open, new Error('no memory'));
    // Beside a lock the result does not count yet.
    const written = () => JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'));
    expect(written()).toMatchObject({
      ...{status: 'failed', reason: 'no memory', globalStep: 17, metric: 'accuracy', experiment: 'a'},
      best: {globalStep: 9, seconds: 4, value: 0.9},
      last: {'validation/accuracy': 0.7},
      ...{timeToTarget: {globalStep: 9, seconds: 4}, timeToTestTarget: null},
      ...{
        times: {submission: 8, evaluation: 0},
        overshootSeconds: 3,
        official: false,
        notOfficialBecause: ['the run failed'],
      },
    });
    writeFileSync(join(run, 'LOCK'), readFileSync(join(run, 'LOCK'), 'utf8').replace(/"id":"[^"]+"/, '"id":"other"'));
    leaveFailure(open, new Error('later'));
    expect(written().reason).toBe('no memory');
    lock.release();
  });
});

describe('whether the time is official', () => {
  const source = (size: number) => ({size, read: () => ({})});
  const dataset = (train = 10, test?: number) => ({
    train: source(train),
    validation: source(10),
    ...(test !== undefined && {test: source(test)}),
    source: 'here',
  });
  const reasons = (more: object, data = dataset(10, 10), dataSha256 = 'own') =>
    reasonsNotOfficial(options(more), {dataset: data, dataSha256} as never);
  const counts = "the data has other example counts than the workload's";

  test('is decided by its limits and its data', () => {
    expect(reasons({})).toEqual([]);
    expect(reasons({maxRuntime: 60})).toEqual([]);
    expect(reasons({maxRuntime: 60.1})).toEqual(["--max-runtime is longer than the workload's budget"]);
    expect(reasons({maxRuntime: 90, tuning: {ruleset: 'self'}})).toEqual([]);
    expect(reasons({loaded: {config: {evaluation: {everySteps: 5}, checkpoints: {keep: 'best'}}}})).toEqual([
      'evaluation.every_steps: evaluated by steps, not by time',
    ]);
    expect(reasons({}, dataset(9, 10))).toEqual([counts]);
    expect(reasons({}, dataset(10, 9))).toEqual([counts]);
    expect(reasons({}, dataset(10))).toEqual([counts]);
    const workload = {...tinyWorkload, dataSha256: 'own'};
    expect(reasons({workload})).toEqual([]);
    expect(reasons({workload}, dataset(10, 10), 'other')).toEqual([
      "the data is not the workload's: it has another fingerprint",
    ]);
    expect(reasons({workload}, dataset(9, 10), 'other')).toEqual([counts]);
  });

  test('a submission that tunes itself has one and a half times the budget', () => {
    expect(allowedSeconds(options())).toBe(60);
    expect(allowedSeconds(options({tuning: {ruleset: 'external'}}))).toBe(60);
    expect(allowedSeconds(options({tuning: {ruleset: 'self'}}))).toBe(90);
  });

  test('reasons that come up on the way are added to those of the process, each once', () => {
    begin({rng_seed: 7, official: true, not_official_because: ['a']});
    noteReasons(run, 0, ['b', 'a']);
    expect(JSON.parse(readFileSync(join(run, 'meta_data_0.json'), 'utf8'))).toEqual({
      rng_seed: 7,
      official: false,
      not_official_because: ['a', 'b'],
    });
  });
});
