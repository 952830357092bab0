import {mkdirSync} from 'node:fs';
import {beforeEach, describe, expect, test, vi} from 'vitest';
import {keepTuningRecord, lockHolder, takeLock} from '../../src/runs/index.js';
import {UserError} from '../../src/support/index.js';
import type {Standing} from '../../src/training/index.js';
import {estimateTrial, findTrials, runTrials} from '../../src/tuning/index.js';
import type {PlannedTrial, TuningPlan} from '../../src/tuning/plan.js';
import {pathOf, silent, type TrialsOptions} from '../../src/tuning/trial-options.js';
import {temporaryFolder} from '../helpers/cli.js';

/** Runs that are not made: how far each has come, what becomes of it, and what happened. */
const fake = vi.hoisted(() => ({
  standings: new Map<number, string>(),
  run: async (_: {trial?: number}): Promise<{result?: object}> => ({result: {}}),
  log: [] as string[],
}));

vi.mock('../../src/training/index.js', async (original) => ({
  ...(await original<object>()),
  openRuntime: async (_: object, batchSize: number) => {
    fake.log.push(`open ${batchSize}`);
    return {batchSize, engine: {backend: 'fake'}};
  },
  closeRuntime: async ({batchSize}: {batchSize: number}) => void fake.log.push(`close ${batchSize}`),
  standingOf: ({trial}: {trial: number}) => ({state: fake.standings.get(trial) ?? 'absent', globalStep: 0}),
  runIn: (_: object, run: {trial?: number; resume: boolean; overwrite: boolean}) => {
    fake.log.push(`run ${run.trial}${run.resume ? ' resumed' : ''}${run.overwrite ? ' replaced' : ''}`);
    return fake.run(run);
  },
  estimateRun: async (_: object, run: {trial?: number}) => {
    fake.log.push(`estimate ${run.trial}`);
    if (run.trial === 3) throw new Error('no memory');
    return {seconds: 1};
  },
  recordRefusal: async ({trial, overrides}: {trial: number; overrides: object}, reason: string) =>
    void fake.log.push(`refusal ${trial} ${JSON.stringify(overrides)}: ${reason}`),
  recordCrash: async ({trial}: {trial: number}, reason: string) => void fake.log.push(`crash ${trial}: ${reason}`),
}));

let experimentDir = '';
beforeEach(() => {
  experimentDir = temporaryFolder();
  fake.standings.clear();
  fake.run = async () => ({result: {}});
  fake.log.length = 0;
});

const record = {
  workload: 'mnist',
  tuning_ruleset: 'external',
  rng_seed: 5,
  num_tuning_trials: 3,
  num_studies: 1,
  search_space: null,
  points: [],
} as const;

/** Trials with these batch sizes; undefined: its config is refused. */
function planOf(...batchSizes: (number | undefined)[]): TuningPlan {
  const trials = batchSizes.map((batchSize, i) => ({
    study: undefined,
    trial: i + 1,
    rngSeed: 10 + i,
    point: {},
    source: {data: {}, overrides: [{key: 'rate', value: i}, {key: 'gone'}]},
    run:
      batchSize === undefined
        ? new UserError(`trial ${i + 1} is wrong`)
        : {submission: {getBatchSize: () => batchSize}, loaded: {config: {}}, workload: {name: 'mnist'}},
  }));
  return {workload: {name: 'mnist'}, experiment: 'a', isTuning: true, isBegun: true, record, trials} as never;
}

function options(more: Partial<TrialsOptions> = {}): TrialsOptions {
  const say = (what: string) => (trial: PlannedTrial) => void fake.log.push(`${what} ${trial.trial}`);
  const watcher = {
    ...silent,
    trial: (trial: PlannedTrial, {state}: Standing) => void fake.log.push(`begin ${trial.trial} ${state}`),
    ended: say('end'),
    busy: say('busy'),
    failed: (trial: PlannedTrial, error: unknown) =>
      void fake.log.push(`failed ${trial.trial}: ${(error as Error).message}`),
  };
  return {experimentDir, signal: new AbortController().signal, watcher, ...more} as TrialsOptions;
}

const runAll = (plan: TuningPlan, with_ = options()) => runTrials(plan, findTrials(plan, with_), with_);

describe('trials', () => {
  test('run one after the other in one runtime, which is closed', async () => {
    fake.standings.set(2, 'unfinished').set(3, 'complete').set(4, 'refused');
    expect(await runAll(planOf(8, 8, 8, 8))).toBe('done');
    expect(fake.log).toEqual([
      'open 8',
      ...['begin 1 absent', 'run 1', 'end 1'],
      ...['begin 2 unfinished', 'run 2 resumed', 'end 2'],
      ...['begin 4 refused', 'run 4 replaced', 'end 4'],
      'close 8',
    ]);
  });

  test('that are all complete open no runtime', async () => {
    fake.standings.set(1, 'complete');
    expect(await runAll(planOf(8))).toBe('done');
    expect(fake.log).toEqual([]);
  });

  test('that another process has completed in the meantime are left out', async () => {
    const plan = planOf(8, 8);
    fake.run = async () => {
      fake.standings.set(2, 'complete');
      return {result: {}};
    };
    expect(await runAll(plan)).toBe('done');
    expect(fake.log).toEqual(['open 8', 'begin 1 absent', 'run 1', 'end 1', 'close 8']);
  });

  test('that replace others begin from the start, whatever is there', async () => {
    fake.standings.set(1, 'complete');
    expect(await runAll(planOf(8), options({overwrite: true}))).toBe('done');
    expect(fake.log).toEqual(['open 8', 'begin 1 absent', 'run 1 replaced', 'end 1', 'close 8']);
  });

  test('of another batch size get a runtime of their own', async () => {
    await runAll(planOf(8, 16));
    expect(fake.log.filter((line) => /open|close/.test(line))).toEqual(['open 8', 'close 8', 'open 16', 'close 16']);
  });

  test('of another batch size continue in a new process where there can be one', async () => {
    expect(await runAll(planOf(8, 16), options({renewal: 'after failures'}))).toBe('renew');
    expect(fake.log.slice(-2)).toEqual(['end 1', 'close 8']);
  });
});

describe('an interruption', () => {
  test('before the first trial', async () => {
    expect(await runAll(planOf(8), options({signal: AbortSignal.abort()}))).toBe('interrupted');
    expect(fake.log).toEqual([]);
  });

  test('in a trial, which has no result then', async () => {
    fake.run = async () => ({});
    expect(await runAll(planOf(8, 8))).toBe('interrupted');
    expect(fake.log).toEqual(['open 8', 'begin 1 absent', 'run 1', 'end 1', 'close 8']);
  });

  test('at the end of a trial, before the next process', async () => {
    const stop = new AbortController();
    fake.run = async () => {
      stop.abort();
      return {result: {}};
    };
    expect(await runAll(planOf(8, 8), options({signal: stop.signal, renewal: 'after each'}))).toBe('interrupted');
  });
});

describe('a trial that fails', () => {
  beforeEach(() => {
    fake.run = async ({trial}) => {
      if (trial !== 1) return {result: {}};
      throw new Error('out of memory');
    };
  });

  test('is reported, and recorded where it has left nothing; the next one runs', async () => {
    expect(await runAll(planOf(8, 8))).toBe('done');
    expect(fake.log).toEqual([
      ...['open 8', 'begin 1 absent', 'run 1', 'failed 1: out of memory'],
      ...['refusal 1 {"rate":0,"gone":null}: out of memory', 'end 1', 'begin 2 absent', 'run 2', 'end 2', 'close 8'],
    ]);
  });

  test('has its own record where it had begun', async () => {
    fake.standings.set(1, 'unfinished');
    await runAll(planOf(8));
    expect(fake.log.some((line) => line.startsWith('refusal'))).toBe(false);
  });

  test.each([
    ['after failures', 'renew'],
    ['after each', 'renew'],
    [undefined, 'done'],
  ] as const)('with renewal %s: %s', async (renewal, end) => {
    expect(await runAll(planOf(8, 8), options(renewal && {renewal}))).toBe(end);
  });

  test('as the last one that is left needs no further process', async () => {
    expect(await runAll(planOf(8), options({renewal: 'after each'}))).toBe('done');
    fake.standings.set(2, 'complete');
    expect(await runAll(planOf(8, 8), options({renewal: 'after each'}))).toBe('done');
  });

  test('since another process is at work in it is left to that one', async () => {
    const plan = planOf(8, 8);
    const path = pathOf(plan, plan.trials[0]!, {experimentDir});
    mkdirSync(path, {recursive: true});
    const lock = await takeLock(path);
    expect(lockHolder(path)).toBeDefined();
    expect(await runAll(plan, options({renewal: 'after failures'}))).toBe('done');
    expect(fake.log.slice(0, 5)).toEqual(['open 8', 'begin 1 absent', 'run 1', 'busy 1', 'end 1']);
    lock.release();
  });
});

test('a trial that ends well continues in this process, with renewal after failures; after each it does not', async () => {
  expect(await runAll(planOf(8, 8), options({renewal: 'after failures'}))).toBe('done');
  expect(await runAll(planOf(8, 8), options({renewal: 'after each'}))).toBe('renew');
});

describe('what is not run', () => {
  test('trials whose config is refused are recorded with the reason', async () => {
    const plan = planOf(undefined, 8);
    const found = findTrials(plan, options());
    expect(found[0]!.standing).toBeUndefined();
    expect(await runTrials(plan, found, options())).toBe('done');
    expect(fake.log.slice(0, 3)).toEqual([
      'refusal 1 {"rate":0,"gone":null}: trial 1 is wrong',
      'open 8',
      'begin 2 absent',
    ]);
  });

  test('trials that an earlier process has tried are recorded as it ended them', async () => {
    fake.standings.set(1, 'unfinished').set(3, 'refused').set(4, 'unfinished');
    const attempts = [
      {trial: 1, failure: 'killed'},
      {trial: 2, failure: 'no memory'},
      {trial: 3, failure: 'killed'},
      {trial: 4},
      {study: 2, trial: 5, failure: 'of another study'},
    ];
    expect(await runAll(planOf(8, 8, 8, 8, 8), options({attempts}))).toBe('done');
    expect(fake.log).toEqual([
      ...['crash 1: killed', 'refusal 2 {"rate":1,"gone":null}: no memory'],
      ...['open 8', 'begin 5 absent', 'run 5', 'end 5', 'close 8'],
    ]);
  });

  test('a run that is none of the trials is in the place of one', () => {
    const plan = {...planOf(8), isBegun: false};
    const path = pathOf(plan, plan.trials[0]!, {experimentDir});
    expect(findTrials(plan, options())).toHaveLength(1);
    mkdirSync(path, {recursive: true});
    expect(() => findTrials(plan, options())).toThrow(
      `--experiment-name: ${path} already exists, and is no trial of these; choose another name, or replace it by --overwrite`,
    );
    for (const other of [
      {...plan, isBegun: true},
      {...plan, isTuning: false},
    ])
      expect(findTrials(other, options())).toHaveLength(1);
    expect(findTrials(plan, options({overwrite: true}))).toHaveLength(1);
    keepTuningRecord({experimentDir, experiment: 'a', workload: 'mnist'}, record as never, false);
    expect(findTrials(plan, options())).toHaveLength(1);
  });
});

describe('an estimate', () => {
  const engines: unknown[] = [];
  const watcher = {...silent, engine: (engine: unknown) => void engines.push(engine)};

  test('is of the first trial that is not refused', async () => {
    expect(await estimateTrial(planOf(undefined, 8), options({watcher}))).toEqual({seconds: 1});
    expect(fake.log).toEqual(['open 8', 'estimate 2', 'close 8']);
    expect(engines).toEqual([{backend: 'fake'}]);
  });

  test('of trials that are all refused has the reason of the first', async () => {
    await expect(estimateTrial(planOf(undefined, undefined), options())).rejects.toThrow('trial 1 is wrong');
  });

  test('that fails closes the runtime', async () => {
    await expect(estimateTrial(planOf(undefined, undefined, 8), options())).rejects.toThrow('no memory');
    expect(fake.log.at(-1)).toBe('close 8');
  });
});
