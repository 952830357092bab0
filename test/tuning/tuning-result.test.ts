import {mkdirSync} from 'node:fs';
import {describe, expect, test} from 'vitest';
import {type RunResult, takeLock, writeResult} from '../../src/runs/index.js';
import {UserError} from '../../src/support/index.js';
import {type TuningPlan, tune, tuningResult} from '../../src/tuning/index.js';
import {optionsOf, pathOf, silent, type TrialsOptions} from '../../src/tuning/trial-options.js';
import {temporaryFolder} from '../helpers/cli.js';

const record = {tuning_ruleset: 'self', rng_seed: 5};

/** Two trials of each study; a study of undefined is the only one. */
function planOf(...studies: (number | undefined)[]): TuningPlan {
  const trials = studies.flatMap((study) =>
    [1, 2].map((trial) => ({study, trial, rngSeed: 10 * (study ?? 1) + trial, point: {rate: trial}, run: {stem: 'c'}})),
  );
  const workload = {name: 'mnist', target: {metric: 'accuracy'}};
  return {workload, experiment: 'a', isTuning: true, record, trials} as never;
}

const best = {globalStep: 3, seconds: 2, value: 0.9};

/** Seconds to the target of trials that are not official. */
const NOT_OFFICIAL = 13;

/** Writes how a trial of a plan ended. @param seconds - to the target */
function ended(
  plan: TuningPlan,
  i: number,
  experimentDir: string,
  status: RunResult['status'],
  seconds?: number,
): void {
  const path = pathOf(plan, plan.trials[i]!, {experimentDir});
  mkdirSync(path, {recursive: true});
  const timeToTarget = seconds === undefined ? null : {globalStep: 7, seconds};
  const times = {submission: 1, evaluation: 1, logging: 1, total: 3};
  const isOfficial = status !== 'target_reached' || seconds !== NOT_OFFICIAL;
  const standing = {official: isOfficial, notOfficialBecause: isOfficial ? [] : ['doubted']};
  const result = {status, reason: 'over', metric: 'accuracy', globalStep: 9, best, timeToTarget, times, ...standing};
  writeResult(path, result as unknown as RunResult);
}

describe('the result of trials', () => {
  test('has each trial as its folder says, the best one of each study, and the median of the studies', () => {
    const [plan, folder] = [planOf(1, 2, 3), temporaryFolder()];
    ended(plan, 0, folder, 'target_reached', 30);
    ended(plan, 1, folder, 'target_reached', 20);
    ended(plan, 2, folder, 'target_reached', 40);
    ended(plan, 3, folder, 'diverged');
    ended(plan, 4, folder, 'failed');
    ended(plan, 5, folder, 'budget_spent');
    const result = tuningResult(plan, folder, false);
    expect(result).toMatchObject({
      workload: 'mnist',
      experiment: 'a',
      tuningRuleset: 'self',
      rngSeed: 5,
      metric: 'accuracy',
      studies: [
        {study: 1, bestTrial: 2, secondsToTarget: 20},
        {study: 2, bestTrial: 1, secondsToTarget: 40},
        {study: 3, bestTrial: null, secondsToTarget: null},
      ],
      secondsToTarget: 40,
      failures: 2,
    });
    expect(result.trials.map(({status}) => status)).toEqual([
      ...['target_reached', 'target_reached', 'target_reached', 'diverged', 'failed', 'budget_spent'],
    ]);
    expect(result.trials[3]).toEqual({
      study: 2,
      trial: 2,
      rngSeed: 22,
      point: {rate: 2},
      path: pathOf(plan, plan.trials[3]!, {experimentDir: folder}),
      status: 'diverged',
      reason: 'over',
      globalStep: 9,
      best,
      timeToTarget: null,
      official: true,
      notOfficialBecause: [],
    });
    expect(tuningResult(plan, folder, true).secondsToTarget).toBeUndefined();
  });

  test('is official if the best trial of every study is', () => {
    const officialOf = (...seconds: number[]) => {
      const [plan, folder] = [planOf(1, 2), temporaryFolder()];
      seconds.forEach((each, i) => {
        ended(plan, i, folder, 'target_reached', each);
      });
      const {trials, studies, official} = tuningResult(plan, folder, false);
      return [trials[0]!.notOfficialBecause, ...studies.map((study) => study.official), official];
    };
    expect(officialOf(30, 20, 40, 40)).toEqual([[], true, true, true]);
    expect(officialOf(NOT_OFFICIAL, 20, 40, 40)).toEqual([['doubted'], false, true, false]);
    expect(officialOf(NOT_OFFICIAL, 5, 40, 40)).toEqual([['doubted'], true, true, true]);
  });

  test('without studies, and without the target, there is no time', () => {
    const [plan, folder] = [planOf(undefined), temporaryFolder()];
    for (const i of [0, 1]) ended(plan, i, folder, 'budget_spent');
    const {studies, secondsToTarget, failures} = tuningResult(plan, folder, false);
    expect([studies, secondsToTarget, failures]).toEqual([
      [{study: null, bestTrial: null, secondsToTarget: null, official: null}],
      null,
      0,
    ]);
  });

  test('while trials are left or another process is at work, the time is open, and they count as failures', async () => {
    const [plan, folder] = [planOf(undefined), temporaryFolder()];
    ended(plan, 0, folder, 'target_reached', 30);
    const left = tuningResult(plan, folder, false);
    expect(left.trials[1]).toMatchObject({
      ...{study: null, status: 'unfinished', reason: '', globalStep: 0, best: null, timeToTarget: null},
      official: false,
    });
    expect([left.secondsToTarget, left.failures]).toEqual([undefined, 1]);
    ended(plan, 1, folder, 'budget_spent');
    const lock = await takeLock(pathOf(plan, plan.trials[1]!, {experimentDir: folder}));
    const running = tuningResult(plan, folder, false);
    expect([running.trials[1]!.status, running.secondsToTarget, running.failures]).toEqual(['running', undefined, 1]);
    lock.release();
    expect(tuningResult(plan, folder, false)).toMatchObject({secondsToTarget: 30, failures: 0});
  });

  test('a trial whose config is refused failed', () => {
    const plan = planOf(undefined);
    const refused = {...plan, trials: plan.trials.map((trial) => ({...trial, run: new UserError('wrong')}))};
    const {trials, secondsToTarget, failures} = tuningResult(refused, temporaryFolder(), false);
    expect([trials.map(({status}) => status), secondsToTarget, failures]).toEqual([['refused', 'refused'], null, 2]);
  });
});

describe('a trial as a run', () => {
  const options = {
    experimentDir: 'e',
    watcher: silent,
    attempts: [],
    renewal: 'after each',
    overwrite: true,
    withChangedSubmission: true,
  } as unknown as TrialsOptions;
  const standing = (state: 'absent' | 'refused' | 'unfinished') => ({state, globalStep: 0, result: undefined});
  const optionsIn = (plan: TuningPlan, more?: object, state?: 'absent' | 'refused' | 'unfinished') =>
    optionsOf(plan, plan.trials[1]!, {...options, ...more}, state && standing(state));

  test('has its own seed, numbers and config, and what all have in common', () => {
    expect(optionsIn(planOf(3))).toEqual({
      experimentDir: 'e',
      watcher: silent,
      stem: 'c',
      experimentName: 'a',
      study: 3,
      trial: 2,
      rngSeed: 32,
      tuning: {ruleset: 'self', seed: 5, study: 3, trial: 2},
      resume: false,
      overwrite: true,
      withChangedSubmission: true,
    });
    expect(optionsIn(planOf(undefined))).toMatchObject({study: undefined, tuning: {study: 1}});
  });

  test('of no tuning keeps the seed that it was given', () => {
    const single = optionsIn({...planOf(undefined), isTuning: false}, {rngSeed: 77});
    expect(single.rngSeed).toBe(77);
    expect(single).not.toHaveProperty('tuning');
  });

  test.each([
    ['absent', true, {resume: false, overwrite: true}],
    ['absent', false, {resume: false, overwrite: false}],
    ['refused', false, {resume: false, overwrite: true}],
    ['unfinished', true, {resume: true, overwrite: false, withChangedSubmission: true}],
    ['unfinished', false, {resume: true, overwrite: false, withChangedSubmission: true}],
  ] as const)('that is %s, with overwrite %s', (state, overwrite, expected) => {
    const {resume, overwrite: isReplaced, withChangedSubmission} = optionsIn(planOf(1), {overwrite}, state);
    expect({resume, overwrite: isReplaced, ...(withChangedSubmission && {withChangedSubmission})}).toEqual(expected);
  });

  test('whose config is refused is none', () => {
    const plan = planOf(1);
    expect(() => optionsOf(plan, {...plan.trials[0]!, run: new UserError('wrong')}, options)).toThrow('wrong');
  });
});

test.each([
  [{rngSeed: -1}, 'rngSeed must be'],
  [{hparamStartIndex: 0.5}, 'hparamStartIndex must be'],
  [{numTuningTrials: 0}, 'numTuningTrials must be'],
  [{numStudies: 0}, 'numStudies must be'],
  [{study: 0}, 'study must be'],
  [{hparamEndIndex: 0}, 'hparamEndIndex must be'],
  [{maxGlobalSteps: 0}, 'maxGlobalSteps must be'],
  [{maxRuntime: 0}, 'maxRuntime must be'],
])('tune() refuses %o before anything is read', async (options, message) => {
  const nowhere = {workload: 'mnist', config: 'nowhere.yaml', ...options};
  await expect(tune(nowhere)).rejects.toThrow(RangeError);
  await expect(tune(nowhere)).rejects.toThrow(message);
  await expect(tune({workload: 'mnist', config: 'nowhere.yaml'})).rejects.toThrow('nowhere.yaml');
});
