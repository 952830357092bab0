import {expect, test} from 'vitest';
import {type CyclicConfig, configSchema, cycleSpecOf} from '../../src/submissions/cyclic/config.js';
import {checkCyclicConfig} from '../../src/submissions/cyclic/config-problems.js';
import {tinyWorkload} from '../helpers/fakes.js';

const hyperparameters = {
  ...{optimizer: 'adamw', learningRate: 1, warmupFactor: 0.1},
  ...{oneMinusBeta1: 0.1, beta2: 0.99, weightDecay: 0},
} as const;
const schedule = {
  ...{warmupScheduleFns: ['linear', 'none'], decayScheduleFns: ['cosine', 'constant']},
  ...{alterDecays: [0, -0.5], alterWarmups: [0, 0.1], budgetSteps: 100},
};

/** A config of two cycles, with parts of it replaced. */
const configOf = (change: {hyperparameters?: object; schedule?: object} = {}): CyclicConfig => ({
  hyperparameters: {...hyperparameters, ...change.hyperparameters} as never,
  schedule: {...schedule, ...change.schedule},
  reset: {method: 'reinit', alpha: 0.5},
  earlyStopping: {enabled: false, epsilon: 0.1, epsilon2: 0.01, recoveryTime: 9, smoothing: 0.5},
  logging: {everySteps: 100},
});

const many = (length: number) => ({
  ...{warmupScheduleFns: Array(length).fill('none'), decayScheduleFns: Array(length).fill('constant')},
  ...{alterDecays: Array(length).fill(0), alterWarmups: Array(length).fill(0), budgetSteps: 20_000},
});

test('a config of cycles has no problem', () => {
  expect(checkCyclicConfig(configOf(), tinyWorkload)).toEqual([]);
  const hints = {budgetSteps: undefined, budgetStepHints: 0.5};
  expect(checkCyclicConfig(configOf({schedule: hints}), tinyWorkload)).toEqual([]);
  expect(checkCyclicConfig(configOf({schedule: many(10_000)}), tinyWorkload)).toEqual([]);
  expect(cycleSpecOf(configOf())).toEqual({learningRate: 1, warmupFactor: 0.1, ...schedule});
});

const LISTS = 'warmup_schedule_fns 2, decay_schedule_fns 2, alter_decays 2, alter_warmups 2';
const EQUAL = 'the lists must have one entry per cycle, all of one length';

test.each<[string, Parameters<typeof configOf>[0], {path: unknown; message: unknown}[]]>([
  [
    'both kinds of length',
    {schedule: {budgetStepHints: 1}},
    [{path: ['schedule', 'budget_step_hints'], message: expect.stringContaining('not both')}],
  ],
  [
    'more steps than can be, and lists of different length',
    {schedule: {budgetSteps: undefined, budgetStepHints: 1e12, cycleLengths: [1]}},
    [
      {path: ['schedule', 'budget_step_hints'], message: expect.stringContaining('the run would have')},
      {path: ['schedule', 'cycle_lengths'], message: `${EQUAL}: ${LISTS}, cycle_lengths 1`},
    ],
  ],
  [
    'too many cycles',
    {schedule: many(10_001)},
    [{path: ['schedule', 'alter_decays'], message: 'at most 10,000 cycles are allowed, found 10,001'}],
  ],
  [
    'lists of different length',
    {schedule: {cycleLengths: [1]}},
    [{path: ['schedule', 'cycle_lengths'], message: `${EQUAL}: ${LISTS}, cycle_lengths 1`}],
  ],
  [
    'fewer steps than cycles',
    {schedule: {budgetSteps: 1}},
    [{path: ['schedule', 'budget_steps'], message: "1 step can't hold 2 cycles"}],
  ],
  [
    'hints of fewer steps than cycles',
    {schedule: {budgetSteps: undefined, budgetStepHints: 1 / 300}},
    [{path: ['schedule', 'budget_step_hints'], message: "1 step can't hold 2 cycles"}],
  ],
  [
    'a cycle whose rate is not above 0',
    {schedule: {alterDecays: [0, -1]}},
    [{path: ['schedule', 'alter_decays', 1], message: 'the rate of cycle 2 must be above 0, got 1 + -1 = 0'}],
  ],
  [
    'a rate that is not above 0',
    {hyperparameters: {learningRate: 0}, schedule: {alterDecays: [0, 1]}},
    [{path: ['hyperparameters', 'learning_rate'], message: 'the rate of cycle 1 must be above 0, got 0 + 0 = 0'}],
  ],
  [
    'a warm-up longer than its cycle',
    {hyperparameters: {warmupFactor: 2}, schedule: {warmupScheduleFns: ['linear', 'linear'], alterWarmups: [0, -2]}},
    [{path: ['schedule', 'alter_warmups', 0], message: expect.stringContaining('2 + 0 = 2')}],
  ],
  [
    'a warm-up altered to be longer than its cycle',
    {schedule: {warmupScheduleFns: ['linear', 'linear'], alterWarmups: [0, 1]}},
    [{path: ['schedule', 'alter_warmups', 1], message: expect.stringContaining('0.1 + 1 = 1.1')}],
  ],
  [
    'names that are not shapes',
    {schedule: {warmupScheduleFns: ['linear', 'gone.ts'], decayScheduleFns: ['cosine', 'lost.ts']}},
    [
      {path: ['schedule', 'warmup_schedule_fns', 1], message: "there is no file 'gone.ts'"},
      {path: ['schedule', 'decay_schedule_fns', 1], message: "there is no file 'lost.ts'"},
    ],
  ],
  [
    'options that a shape does not take',
    {schedule: {warmupOptions: [{}, {finalFactor: 1}], decayOptions: [{oddOne: 1}, {}]}},
    [
      {path: ['schedule', 'warmup_options', 1, 'final_factor'], message: expect.stringContaining('option of none')},
      {path: ['schedule', 'decay_options', 0, 'odd_one'], message: expect.stringContaining('option of cosine')},
    ],
  ],
  [
    'a hyperparameter that the optimizer lacks',
    {hyperparameters: {beta2: undefined}},
    [{path: ['hyperparameters', 'beta2'], message: 'is missing'}],
  ],
  [
    'dropout of a model without',
    {hyperparameters: {dropoutRate: 0.1}},
    [
      {
        path: ['hyperparameters', 'dropout_rate'],
        message: "the model of workload 'tiny' has no dropout; leave it out or set it to 0",
      },
    ],
  ],
])('a config with %s is told so by key', (_, change, problems) => {
  expect(checkCyclicConfig(configOf(change), tinyWorkload)).toEqual(problems);
});

test.each([
  ['budget_steps', {budgetSteps: undefined}],
  ['budget_steps', {budgetSteps: 1}],
  ['budget_step_hints', {budgetSteps: undefined, budgetStepHints: 1}],
  ['budget_steps', {budgetSteps: 1, budgetStepHints: 1}],
])('a run of one step is told at %s of %j', (key, lengths) => {
  const workload = {...tinyWorkload, budget: {...tinyWorkload.budget, stepHint: 1}};
  expect(checkCyclicConfig(configOf({schedule: lengths}), workload)).toContainEqual({
    path: ['schedule', key],
    message: "1 step can't hold 2 cycles",
  });
});

test('dropout of 0 is none, and a model with dropout takes any', () => {
  const problems = (dropoutRate: number, hasDropout: boolean) =>
    checkCyclicConfig(configOf({hyperparameters: {dropoutRate}}), {...tinyWorkload, hasDropout});
  expect([problems(0, false), problems(0.5, true)]).toEqual([[], []]);
});

test.each([
  ...['learningRate', 'warmupFactor'].map((key) => ({hyperparameters: {[key]: undefined}})),
  ...['warmupScheduleFns', 'decayScheduleFns', 'alterDecays', 'alterWarmups'].map((key) => ({
    schedule: {[key]: undefined},
  })),
])('of a config without %j the rest is checked', (change) => {
  expect(checkCyclicConfig(configOf(change), tinyWorkload)).toEqual([]);
  const wrong = {
    ...change,
    hyperparameters: {...('hyperparameters' in change && change.hyperparameters), dropoutRate: 1},
  };
  expect(checkCyclicConfig(configOf(wrong as never), tinyWorkload)).toHaveLength(1);
});

test('a shape is a built-in one, or a path', () => {
  const parsed = (warmup: string, decay: string) =>
    configSchema.shape.schedule.safeParse({
      ...{warmup_schedule_fns: [warmup], decay_schedule_fns: [decay], alter_decays: [0], alter_warmups: [0]},
      budget_steps: 1,
    });
  expect(parsed('linear', './own.ts').success).toBe(true);
  expect(parsed('./own.mjs', 'cosine').success).toBe(true);
  const {issues} = parsed('constant', 'none').error!;
  expect(issues.map(({path}) => path)).toEqual([
    ['warmup_schedule_fns', 0],
    ['decay_schedule_fns', 0],
  ]);
  expect(issues[0]).toMatchObject({params: {names: expect.arrayContaining(['linear']), other: expect.any(String)}});
});
