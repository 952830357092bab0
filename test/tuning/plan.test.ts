import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {readConfig} from '../../src/config/index.js';
import {keepTuningRecord} from '../../src/runs/index.js';
import {UserError} from '../../src/support/index.js';
import type {LoadedRun, RunParts} from '../../src/training/index.js';
import {loadParts} from '../../src/training/index.js';
import {
  findTrials,
  keepRecord,
  type PlanOptions,
  planTuning,
  type TuningPlan,
  trialSeed,
} from '../../src/tuning/index.js';
import {SMALL, temporaryFolder, writeConfig} from '../helpers/cli.js';

const RANGE = {learning_rate: {min: 1e-4, max: 1e-2, scaling: 'log'}};
const POINTS = [{learning_rate: 0.1}, {learning_rate: 0.2}, {learning_rate: 0.3}];

let parts: RunParts;
beforeAll(async () => {
  parts = await loadParts({workload: 'mnist'}, readConfig('three-cycles', {workload: 'mnist'}));
});

/** A folder with a config and, where one is given, a search space. */
function prepared(more: Partial<PlanOptions>, space: unknown, folder = temporaryFolder()) {
  writeConfig(folder, SMALL);
  const file = join(folder, 'space.json');
  if (space !== undefined) writeFileSync(file, JSON.stringify(space));
  const options: PlanOptions = {
    workload: 'mnist',
    experimentDir: join(folder, 'experiments'),
    experimentName: 'a',
    rngSeed: 5,
    ...(space !== undefined && {tuningSearchSpace: file}),
    ...more,
  };
  return {folder, options};
}

function planned(
  more: Partial<PlanOptions>,
  space: unknown,
  set: string[] = [],
  folder = temporaryFolder(),
): TuningPlan {
  const {options} = prepared(more, space, folder);
  return planTuning(options, readConfig(join(folder, 'small.yaml'), {set}), parts);
}

const ratesOf = ({trials}: TuningPlan) =>
  trials.map(({run}) => (run as LoadedRun).loaded.config.hyperparameters.learningRate);
const messageOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

describe('a plan', () => {
  test('without a search space is a single run of its seed, in no study', () => {
    const plan = planned({}, undefined);
    expect(plan).toMatchObject({isTuning: false, isBegun: false, experiment: 'a'});
    expect(plan.trials).toMatchObject([{study: undefined, trial: 1, rngSeed: 5, point: {}}]);
    expect(plan.record).toEqual({
      workload: 'mnist',
      tuning_ruleset: 'external',
      rng_seed: 5,
      num_tuning_trials: 1,
      num_studies: 1,
      search_space: null,
      points: [{}],
    });
  });

  test('has every trial of every study, study by study, each with its point and seed', () => {
    const plan = planned({numTuningTrials: 2, numStudies: 2}, RANGE);
    expect(plan.isTuning).toBe(true);
    expect(plan.trials.map(({study, trial}) => [study, trial])).toEqual([[1, 1], [1, 2], [2, 1], [2, 2]]); // biome-ignore format: pairs
    for (const {study, trial, rngSeed} of plan.trials)
      expect(rngSeed).toBe(trialSeed({seed: 5, study: study!, workload: 'mnist', trial}));
    const [first, second] = plan.record.points as {learning_rate: number}[];
    const rates = [first!.learning_rate, second!.learning_rate];
    expect(ratesOf(plan)).toEqual([...rates, ...rates]);
    expect(rates[0]).not.toBe(rates[1]);
    expect(plan.record).toMatchObject({num_tuning_trials: 2, num_studies: 2, search_space: RANGE});
  });

  test('of a part has the same points and seeds as the whole', () => {
    const whole = planned({numTuningTrials: 3, numStudies: 2}, RANGE);
    const part = planned({numTuningTrials: 3, numStudies: 2, study: 2, hparamStartIndex: 1, hparamEndIndex: 2}, RANGE);
    expect(part.trials).toHaveLength(1);
    const {study, trial, rngSeed, point} = whole.trials[4]!;
    expect(part.trials[0]).toMatchObject({study, trial, rngSeed, point});
    expect(part.record).toEqual(whole.record);
  });

  test('numbers no study where the number of studies is not given', () => {
    expect(planned({numTuningTrials: 2}, RANGE).trials.map(({study}) => study)).toEqual([undefined, undefined]);
    expect(planned({numTuningTrials: 1, numStudies: 1}, RANGE).trials.map(({study}) => study)).toEqual([1]);
  });

  test('without a name is named after the config and the time', () => {
    expect(planned({experimentName: undefined}, RANGE).experiment).toMatch(/^small-\d{4}-\d\d-\d\d-/);
  });

  test('without a seed draws one, unless several jobs share the trials', () => {
    const {record} = planned({rngSeed: undefined, numTuningTrials: 2}, RANGE);
    expect(Number.isSafeInteger(record.rng_seed)).toBe(true);
    const part = {rngSeed: undefined, numTuningTrials: 2, hparamEndIndex: 1};
    expect(messageOf(() => planned(part, RANGE))).toContain(
      '--rng-seed: jobs that share the trials need the same seed',
    );
    const told = messageOf(() => planned({...part, hparamStartIndex: 2, hparamEndIndex: 1}, RANGE));
    expect(told.split('\n')).toEqual([
      '--hparam-start-index: must be below --hparam-end-index, 1, got 2',
      expect.stringContaining('--rng-seed: '),
    ]);
    const beyond = messageOf(() => planned({rngSeed: undefined, numTuningTrials: 9, hparamEndIndex: 4}, POINTS));
    expect(beyond).toContain('--hparam-end-index: must be at most the number of trials, 3, got 4\n--rng-seed: ');
  });

  test('takes no more trials than a list has points, and says so', () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    expect(ratesOf(planned({numTuningTrials: 3, warn}, POINTS))).toEqual([0.1, 0.2, 0.3]);
    expect(warnings).toEqual([]);
    const plan = planned({numTuningTrials: 4, warn}, POINTS);
    expect(ratesOf(plan)).toEqual([0.1, 0.2, 0.3]);
    expect(plan.record.num_tuning_trials).toBe(3);
    expect(warnings.join()).toMatch(
      /^--num-tuning-trials is 4, but .+space\.json has 3 points: so many trials are run$/,
    );
  });

  test('of the self-tuning ruleset says so in its record', () => {
    expect(planned({tuningRuleset: 'self', numStudies: 2}, undefined).record).toMatchObject({
      tuning_ruleset: 'self',
      num_studies: 2,
    });
  });
});

describe('a point', () => {
  test('resets a key by null', () => {
    const [{run}] = planned({}, [{'schedule.budget_steps': null}]).trials as [TuningPlan['trials'][number]];
    expect((run as LoadedRun).loaded.config.schedule).not.toHaveProperty('budgetSteps', 45);
  });

  test.each([
    [
      'a key that --set gives',
      {learning_rate: 0.1},
      ['hyperparameters.learning_rate=0.2'],
      '--set hyperparameters.learning_rate gives hyperparameters.learning_rate as well',
    ],
    [
      'a key under two names',
      {learning_rate: 0.1, 'hyperparameters.learning_rate': 0.2},
      [],
      'learning_rate gives hyperparameters.learning_rate as well; leave one of them out',
    ],
    ['the submission', {submission: 'adamw'}, [], 'submission: all trials have the same submission'],
  ])('is refused with %s', (_, point, set, message) => {
    // biome-ignore format: a table
    const text = messageOf(() => planned({}, [point], set));
    expect(text).toContain(message);
    expect(text).toMatch(/^.+space\.json:1:\d+: /);
  });

  test('that the config refuses leaves the others', () => {
    const [bad, good] = planned({numTuningTrials: 2}, [{beta2: 2}, {beta2: 0.9}]).trials;
    expect(bad!.run).toBeInstanceOf(UserError);
    expect((good!.run as LoadedRun).loaded.config.hyperparameters.beta2).toBe(0.9);
  });

  test('where all are refused, each mistake is said once', () => {
    const text = messageOf(() => planned({numTuningTrials: 2}, [{beta2: 2}, {beta2: 3}], ['batch_size=0']));
    expect(text.match(/beta2/g)).toHaveLength(2);
    expect(text.match(/batch_size/g)).toHaveLength(1);
  });
});

describe('trials that are there', () => {
  const begin = async (more: Partial<PlanOptions> = {}) => {
    const folder = temporaryFolder();
    const plan = planned({numTuningTrials: 2, ...more}, RANGE, [], folder);
    await keepRecord(plan, {experimentDir: join(folder, 'experiments'), isPart: false});
    return {folder, plan};
  };

  test('are continued with their seed and points', async () => {
    const {folder, plan} = await begin({rngSeed: undefined});
    const again = planned({numTuningTrials: 2, rngSeed: undefined}, RANGE, [], folder);
    expect(again.isBegun).toBe(true);
    expect(again.record).toEqual(plan.record);
    await keepRecord(again, {experimentDir: join(folder, 'experiments'), isPart: false});
  });

  test.each([
    ['another seed', {rngSeed: 6}, RANGE, 'rng_seed: was 5, is now 6'],
    ['more trials', {numTuningTrials: 3}, RANGE, 'num_tuning_trials: was 2, is now 3'],
    ['more studies', {numStudies: 2}, RANGE, 'num_studies: was 1, is now 2'],
    [
      'another range',
      {},
      {learning_rate: {...RANGE.learning_rate, max: 1}},
      'search_space.learning_rate.max: was 0.01, is now 1',
    ],
  ])('are not continued with %s', async (_, more, space, message) => {
    // biome-ignore format: a table
    const {folder} = await begin();
    const text = messageOf(() => planned({numTuningTrials: 2, ...more}, space, [], folder));
    expect(text).toContain(`--experiment-name: the trials of a were started with others:\n  ${message}\n`);
    expect(text).not.toContain('points:');
    expect(text).toMatch(/\nGive what they were started with, choose another name, or replace them by --overwrite\.$/);
  });

  test('are replaced by --overwrite, whatever they were', async () => {
    const {folder} = await begin();
    const experimentDir = join(folder, 'experiments');
    const plan = planned({numTuningTrials: 3, rngSeed: 6, overwrite: true}, RANGE, [], folder);
    expect(plan.isBegun).toBe(false);
    await keepRecord(plan, {experimentDir, overwrite: true, isPart: false});
    expect(planned({numTuningTrials: 3, rngSeed: undefined}, RANGE, [], folder).record.rng_seed).toBe(6);
  });

  test('that another process has just begun are shared, unless they are others', async () => {
    const {folder, plan} = await begin();
    const experimentDir = join(folder, 'experiments');
    const late = {...plan, isBegun: false};
    await keepRecord(late, {experimentDir, isPart: false});
    mkdirSync(join(experimentDir, 'a', 'mnist_tfjs', 'trial_1'), {recursive: true});
    const options = {experimentDir, backend: 'wasm', flags: {}, signal: new AbortController().signal};
    expect(findTrials(late, options).map(({standing}) => standing?.state)).toEqual(['absent', 'absent']);
    const other = {...late, record: {...plan.record, rng_seed: 6}};
    await expect(keepRecord(other, {experimentDir, isPart: false})).rejects.toThrow(
      '--experiment-name: the trials of a were started with others:\n  rng_seed: was 5, is now 6\n',
    );
  });

  test.each(['{', '{"rng_seed": 1.5, "points": []}', '{"rng_seed": 1}'])(
    'with a damaged record are refused: %s',
    (text) => {
      const {folder} = prepared({}, RANGE);
      const place = {experimentDir: join(folder, 'experiments'), experiment: 'a', workload: 'mnist'};
      keepTuningRecord(place, {} as never, false);
      writeFileSync(join(folder, 'experiments', 'a', 'mnist_tuning.json'), text);
      expect(messageOf(() => planned({}, RANGE, [], folder))).toMatch(
        /mnist_tuning\.json: the record of its trials can't be read/,
      );
    },
  );
});
