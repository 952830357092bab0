import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, onTestFinished, test, vi} from 'vitest';
import {arraySource, dataFingerprint} from '../../src/data/index.js';
import {takeLock} from '../../src/runs/index.js';
import {finish, leaveFailure} from '../../src/training/finish.js';
import {readClocks} from '../../src/training/machine-clock.js';
import {fixedHashes} from '../../src/training/outside-changes.js';
import type {OpenRun} from '../../src/training/prepare.js';
import type {Ending} from '../../src/training/trial-types.js';
import {temporaryFolder} from '../helpers/cli.js';
import {tinyWorkload} from '../helpers/fakes.js';
import {clockOf, trialWith} from '../helpers/trial.js';

const drawn = vi.hoisted((): {path: string; title: string; ending: string; globalStep: number}[] => []);
const drawing = vi.hoisted((): {problem: string | undefined} => ({problem: undefined}));
vi.mock('../../src/training/draw-training.js', () => ({
  drawTraining: async (path: string, _: unknown, run: (typeof drawn)[0]) => {
    if (drawing.problem !== undefined) throw new Error(drawing.problem);
    drawn.push({...run, path});
  },
}));

let path = '';
beforeEach(() => {
  drawn.length = 0;
  drawing.problem = undefined;
  path = temporaryFolder();
  writeFileSync(join(path, 'meta_data_0.json'), '{"rng_seed": 7}');
});

const evaluation = (globalStep: number, accuracy: number, loss = 1) => ({
  globalStep,
  submissionTime: 10 * globalStep,
  metrics: {'validation/accuracy': accuracy, 'validation/loss': loss, 'test/accuracy': accuracy - 0.1},
});
const reached = [evaluation(1, 0.5), evaluation(3, 0.85), evaluation(5, 0.95), evaluation(7, 0.93)];

interface Change {
  readonly options?: object;
  readonly folder?: object;
  readonly evaluations?: readonly ReturnType<typeof evaluation>[];
  readonly record?: object;
  readonly dataSha256?: string;
  readonly lateChanges?: string[];
  /** Called by what confirms the run's claims, which takes two seconds. */
  readonly confirms?: () => readonly string[] | Promise<never>;
}

/** An open run whose submission has trained for 70 seconds, and its trial, after step 7. */
async function openedRun(change: Change = {}) {
  const said: string[] = [];
  const written: {file: string}[] = [];
  const time = {now: 0};
  const clock = clockOf(time);
  clock.time('submission', () => {
    time.now += 70_000;
  });
  const lock = await takeLock(path);
  onTestFinished(() => lock.release());
  const source = arraySource({inputs: {shape: [2, 1], dtype: 'float32', data: Float32Array.of(1, 2)}});
  const dataset = {train: source, validation: source, source: 'here'};
  const {confirms} = change;
  const confirm =
    confirms &&
    (async () => {
      time.now += 2000;
      return confirms();
    });
  const run = {
    options: {
      workload: tinyWorkload,
      loaded: {config: {evaluation: {}}},
      signal: new AbortController().signal,
      watcher: {
        warn: (message: string) => said.push(message),
        info: () => {},
        result: (file: {file: string}) => written.push(file),
        lost: () => said.push('lost'),
      },
      confirm,
      ...change.options,
    },
    folder: {path, experiment: 'a', lock, notOfficial: [], preemptionCount: 0, code: [], ...change.folder},
    dataset,
    dataSha256: change.dataSha256 ?? (await dataFingerprint(dataset)),
    record: {
      finish: (step: number, seconds: number) => said.push(`finished at ${step}, ${seconds} s`),
      changedFiles: () => [],
      checkpoints: () => ({}),
      ...change.record,
    },
    clocks: readClocks(),
    settings: fixedHashes(path),
    evaluations: change.evaluations ?? reached,
    lateChanges: change.lateChanges ?? [],
  } as unknown as OpenRun;
  const base = trialWith({clock});
  const trial = {...base, progress: {...base.progress, globalStep: 7, trainingComplete: true}};
  return {run, trial, said, written};
}

async function finished(ending: Ending, change: Change = {}) {
  const {run, trial, said, written} = await openedRun(change);
  const outcome = await finish(run, trial, ending);
  const meta = JSON.parse(readFileSync(join(path, 'meta_data_0.json'), 'utf8'));
  return {outcome, said, written, meta, endings: drawn.map(({ending}) => ending)};
}

const spent: Ending = {status: 'budget_spent', reason: 'it was enough'};
const DATA = 'the data in memory was changed while the run was under way';

describe('a run that has come to its end', () => {
  test('has its picture and its result', async () => {
    const {outcome, said, written, meta} = await finished(spent);
    expect(outcome).toMatchObject({path, experiment: 'a', globalStep: 7, ending: spent});
    expect(outcome.result).toMatchObject({
      ...{status: 'budget_spent', reason: 'it was enough', globalStep: 7, trainingComplete: true},
      ...{workload: 'tiny', experiment: 'a', path, metric: 'accuracy'},
      times: {submission: 70, evaluation: 0, logging: 0, total: 70},
      overshootSeconds: 10,
      best: {globalStep: 5, seconds: 50, value: 0.95},
      last: reached[3]!.metrics,
      timeToTarget: {globalStep: 3, seconds: 30},
      timeToTestTarget: {globalStep: 5, seconds: 50},
      ...{official: true, notOfficialBecause: []},
    });
    expect(said).toEqual(['finished at 7, 70 s']);
    expect(written.map(({file}) => file)).toEqual([join(path, 'result.json')]);
    expect(JSON.parse(readFileSync(join(path, 'result.json'), 'utf8'))).toMatchObject({status: 'budget_spent'});
    expect(drawn).toEqual([{path, title: 'a', ending: expect.stringContaining('it was enough'), globalStep: 7}]);
    expect(meta).toEqual({rng_seed: 7});
  });

  test('has its result where its picture can not be drawn, and says so', async () => {
    drawing.problem = 'no room for it';
    const {outcome, said} = await finished(spent);
    expect(outcome.result).toMatchObject({status: 'budget_spent', official: true});
    expect(said).toEqual(['finished at 7, 70 s', 'plots/training.png could not be drawn: no room for it']);
  });

  test('has reached nothing where it has no evaluation, and no overshoot within its budget', async () => {
    const {outcome} = await finished(spent, {evaluations: [], options: {maxRuntime: 80}});
    expect(outcome.result).toMatchObject({best: null, last: null, timeToTarget: null, timeToTestTarget: null});
    expect(outcome.result).toMatchObject({overshootSeconds: 0, reason: 'it was enough'});
  });

  test('without a limit has no overshoot', async () => {
    const options = {loaded: {config: {evaluation: {everySteps: 5}}}};
    expect((await finished(spent, {options})).outcome.result).toMatchObject({overshootSeconds: 0});
  });

  test.each([
    ['budget_spent', 'it was enough; the last validation loss is NaN or infinite'],
    ['diverged', 'it was enough'],
  ] as const)('as %s with a last loss that is NaN says: %s', async (status, reason) => {
    const evaluations = [evaluation(1, 0.5), evaluation(3, 0.5), evaluation(7, 0.5, Number.NaN)];
    const {outcome} = await finished({...spent, status}, {evaluations});
    expect(outcome.result).toMatchObject({status, reason});
  });

  test('by the results of others is not official', async () => {
    const {outcome, meta, said} = await finished({...spent, status: 'terminated_early'});
    expect(outcome.result?.notOfficialBecause).toContain('early_terminate: the results of other runs ended it');
    expect([meta, said]).toEqual([{rng_seed: 7}, ['finished at 7, 70 s']]);
  });

  test('is not official for what is doubted and what was changed, and says each', async () => {
    const record = {changedFiles: () => ['measurements.csv']};
    const change = {record, dataSha256: 'other', confirms: () => ['it differs']};
    const {outcome, said, meta} = await finished(spent, change);
    const reasons = ['it differs', DATA, 'measurements.csv was changed while the run was under way'];
    expect(outcome.result).toMatchObject({official: false, notOfficialBecause: reasons, times: {logging: 2}});
    expect(said.slice(1)).toEqual(reasons.map((reason) => `the result is not official: ${reason}`));
    expect(meta).toMatchObject({official: false, not_official_because: reasons});
  });

  test('keeps the reasons of its processes before', async () => {
    const {outcome} = await finished(spent, {folder: {notOfficial: ['of a clock']}});
    expect(outcome.result?.notOfficialBecause).toEqual(['of a clock']);
  });
});

describe('a run that is interrupted', () => {
  const interrupted: Ending = {status: 'interrupted', reason: 'interrupted after step 7'};

  test('has its picture and no result, whatever lies there', async () => {
    writeFileSync(join(path, 'result.json'), '{}');
    const {outcome, said, written, endings} = await finished(interrupted);
    expect(outcome).toEqual({result: undefined, path, experiment: 'a', globalStep: 7, ending: interrupted});
    expect([said, written, existsSync(join(path, 'result.json'))]).toEqual([[], [], false]);
    expect(endings).toEqual(['interrupted after step 7']);
  });

  test('keeps what was changed as reasons', async () => {
    const {said, meta} = await finished(interrupted, {dataSha256: 'other'});
    expect(said).toEqual([`the result is not official: ${DATA}`]);
    expect(meta.not_official_because).toEqual([DATA]);
  });

  test('keeps what was seen before, though it was put right, once', async () => {
    const {meta} = await finished(interrupted, {dataSha256: 'other', lateChanges: ['a.ts: changed', DATA]});
    expect(meta.not_official_because).toEqual([DATA, 'a.ts: changed']);
  });

  test('while its claims are confirmed has not come to its end', async () => {
    const change = {confirms: () => new Promise<never>(() => {}), options: {signal: AbortSignal.abort()}};
    const {outcome, endings, said} = await finished(spent, change);
    expect(outcome).toMatchObject({result: undefined, ending: interrupted});
    expect([endings, said]).toEqual([['interrupted after step 7'], []]);
  });
});

describe('a run that has lost its lock', () => {
  const lock = {
    requireHeld: () => {
      throw new Error('it is not held');
    },
  };

  test('is not finished', async () => {
    const {run, trial} = await openedRun({folder: {lock}});
    await expect(finish(run, trial, spent)).rejects.toThrow('it is not held');
    expect(drawn).toEqual([]);
  });

  test('leaves no failure, and says that it is lost', async () => {
    const {run, said} = await openedRun({folder: {lock}});
    leaveFailure(run, new Error('no memory'));
    expect(said).toEqual(['lost']);
    expect(existsSync(join(path, 'result.json'))).toBe(false);
  });

  test('leaves no failure where it is not watched for that', async () => {
    const {run} = await openedRun({folder: {lock}, options: {watcher: {}}});
    expect(() => leaveFailure(run, new Error('no memory'))).not.toThrow();
  });
});

test('a watcher need not take the result', async () => {
  const {outcome} = await finished(spent, {options: {watcher: {warn: () => {}, info: () => {}}}});
  expect(outcome.result).toMatchObject({status: 'budget_spent'});
});

test('a failure is left at the last evaluation, or at the beginning', async () => {
  const {run, written} = await openedRun({folder: {lock: {requireHeld: () => {}}}, evaluations: []});
  leaveFailure(run, new Error('no memory'));
  const left = {status: 'failed', reason: 'no memory', trainingComplete: false, notOfficialBecause: ['the run failed']};
  const times = {submission: 0, evaluation: 0, logging: 0, total: 0};
  const read = () => JSON.parse(readFileSync(join(path, 'result.json'), 'utf8'));
  expect(read()).toMatchObject({...left, globalStep: 0, times});
  expect(written).toHaveLength(1);
  leaveFailure({...run, evaluations: [...reached]}, new Error('no memory'));
  expect(read()).toMatchObject({...left, globalStep: 7, times: {...times, submission: 70}});
});

test('a failure that cannot be written does not hide the error', async () => {
  const {run, written} = await openedRun();
  mkdirSync(join(path, 'result.json'));
  expect(() => leaveFailure(run, new Error('no memory'))).not.toThrow();
  expect(written).toEqual([]);
});
