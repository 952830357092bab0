import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {z} from 'zod';
import {checkConfig, readConfig} from '../../src/config/index.js';
import type {Submission, Workload} from '../../src/contract/index.js';
import {loadSubmission} from '../../src/submissions/index.js';
import {loadWorkload} from '../../workloads/index.js';
import {SMALL, temporaryFolder} from '../helpers/cli.js';

const mnist = await loadWorkload('mnist');
const cyclic = await loadSubmission('cyclic');

/** What is reported of a config: `key: message` one per line, without places. */
function mistakesOf(text: string, submission: Submission = cyclic, workload: Workload | undefined = mnist): string[] {
  const file = join(temporaryFolder(), 'c.yaml');
  writeFileSync(file, text);
  try {
    checkConfig(readConfig(file), submission, workload);
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace(/^.*?c\.yaml:\d+:\d+: /, ''));
  }
  return [];
}

const MISSING = [
  'hyperparameters.learning_rate: is missing',
  'hyperparameters.one_minus_beta1: is missing',
  'hyperparameters.weight_decay: is missing',
  'hyperparameters.warmup_factor: is missing',
  'schedule.warmup_schedule_fns: is missing',
  'schedule.decay_schedule_fns: is missing',
  'schedule.alter_decays: is missing',
  'schedule.alter_warmups: is missing',
  'hyperparameters.beta2: is missing',
];

describe('a minimal config tells all that it lacks in one round', () => {
  test.each([
    ['with one common key', 'batch_size: 16'],
    ['with empty groups', 'hyperparameters: {}\nschedule: {}'],
    ["with the user's own keys alone", 'x-a: 1'],
  ])('%s', (_, text) => expect(mistakesOf(text).sort()).toEqual([...MISSING].sort()));

  test('and what is wrong besides', () => {
    const text =
      'hyperparameters: {learning_rate: fast, dropout_rate: 0.1}\nschedule: {budget_steps: 1, budget_step_hints: 1}';
    const found = mistakesOf(text);
    expect(found).toEqual(expect.arrayContaining(MISSING.filter((line) => !line.includes('learning_rate'))));
    expect(found).toContain('hyperparameters.learning_rate: must be a number, found "fast"');
    expect(
      found.some((line) => line.startsWith("hyperparameters.dropout_rate: the model of workload 'mnist' has no")),
    ).toBe(true);
    expect(found.some((line) => line.startsWith('schedule.budget_step_hints: give either this or'))).toBe(true);
    expect(found).toHaveLength(MISSING.length + 2);
  });
});

test('ranges, lists and the cycles that they make are told in one round', () => {
  const text = `hyperparameters:
  {learning_rate: -1, one_minus_beta1: .1, beta2: 1.5, weight_decay: 0, warmup_factor: .1}
schedule:
  warmup_schedule_fns: [linear, linear, linear]
  decay_schedule_fns: [cosine, cosine]
  alter_decays: [0, 2]
  alter_warmups: [0, 1]
  cycle_lengths: [1, 0]
`;
  expect(mistakesOf(text)).toEqual([
    'hyperparameters.learning_rate: the rate of cycle 1 must be above 0, got -1 + 0 = -1',
    'hyperparameters.beta2: must be below 1, found 1.5',
    'schedule.warmup_schedule_fns: the lists must have one entry per cycle, all of one length: warmup_schedule_fns 3, decay_schedule_fns 2, alter_decays 2, alter_warmups 2, cycle_lengths 2',
    'schedule.alter_warmups[1]: the warm-up of cycle 2 is longer than the cycle: its share must be in [0, 1], got 0.1 + 1 = 1.1',
    'schedule.cycle_lengths[1]: must be above 0, got 0',
  ]);
  // The others are judged without what is missing.
  expect(mistakesOf(text.replace('learning_rate: -1, ', '').replace('  alter_decays: [0, 2]\n', ''))).toEqual([
    'hyperparameters.learning_rate: is missing',
    'hyperparameters.beta2: must be below 1, found 1.5',
    'schedule.alter_decays: is missing',
    expect.stringContaining('schedule.warmup_schedule_fns: the lists must have one entry per cycle'),
    expect.stringContaining('schedule.alter_warmups[1]: the warm-up of cycle 2 is longer'),
    'schedule.cycle_lengths[1]: must be above 0, got 0',
  ]);
});

test('keys that are twins to a submission are told with the rest', () => {
  const text = 'batch_size: 0\nhyperparameters: {my_rate: 1, myRate: 2}';
  expect(mistakesOf(text, {} as Submission)).toEqual([
    'batch_size: must be at least 1, found 0',
    expect.stringContaining('hyperparameters.myRate: is the same key as `my_rate`'),
  ]);
});

test('what depends on a wrong value is not guessed at', () => {
  const text = SMALL.replace('  beta2: 0.99', '  optimizer: sdg').replace('warmup_factor: 0.1', 'warmup_factor: 2');
  expect(mistakesOf(text)).toEqual([
    expect.stringContaining('hyperparameters.optimizer: must be one of'),
    expect.stringContaining('hyperparameters.warmup_factor: must be at most 1'),
  ]);
});

describe("a user's submission that checks its config itself", () => {
  const configSchema = z.strictObject({
    hyperparameters: z.strictObject({a: z.number(), b: z.array(z.number()).default([1])}),
  });

  test('is asked together with its schema, about what is right and filled in', () => {
    const seen: unknown[] = [];
    const checkConfig = (config: {hyperparameters: object}) => {
      seen.push(config.hyperparameters);
      return [
        {path: ['hyperparameters', 'b'], message: 'no'},
        {path: ['hyperparameters', 'a'], message: 'told already'},
      ];
    };
    const found = mistakesOf('hyperparameters: {}', {configSchema, checkConfig} as unknown as Submission);
    expect(seen).toEqual([{b: [1]}]);
    expect(found.sort()).toEqual(['hyperparameters.a: is missing', 'hyperparameters.b: no']);
  });

  test('and cannot make do with less is asked again later', () => {
    const checkConfig = ({hyperparameters}: {hyperparameters: {a: number}}) => {
      hyperparameters.a.toFixed();
      return [];
    };
    const submission = {configSchema, checkConfig} as unknown as Submission;
    expect(mistakesOf('hyperparameters: {}', submission)).toEqual(['hyperparameters.a: is missing']);
    expect(mistakesOf('hyperparameters: {a: 1}', submission)).toEqual([]);
  });
});

test('a choice or one of several kinds that is missing is told as such', () => {
  const configSchema = z.strictObject({kind: z.enum(['a', 'b']), name: z.union([z.string(), z.number()])});
  expect(mistakesOf('batch_size: 1', {configSchema} as unknown as Submission).sort()).toEqual([
    'kind: is missing; it must be one of a, b',
    'name: is missing',
  ]);
});

test("what a user's schema checks as a whole is checked", () => {
  const hyperparameters = z.strictObject({a: z.number(), b: z.number()});
  const configSchema = z
    .strictObject({hyperparameters})
    .refine((config) => config.hyperparameters.a < config.hyperparameters.b, {
      path: ['hyperparameters', 'a'],
      message: 'must be below b',
    });
  const submission = {configSchema} as unknown as Submission;
  expect(mistakesOf('hyperparameters: {a: 1, b: 2}', submission)).toEqual([]);
  expect(mistakesOf('hyperparameters: {a: 2, b: 1}', submission)).toEqual([
    'hyperparameters.a: must be below b, found 2',
  ]);
});

describe('many cycles', () => {
  const cycles = (count: number): string => {
    const list = (value: string) => `[${Array(count).fill(value)}]`;
    return `hyperparameters: {learning_rate: 1, one_minus_beta1: .1, beta2: .9, weight_decay: 0, warmup_factor: 0}
schedule:
  budget_steps: 20000
  warmup_schedule_fns: ${list('none')}
  decay_schedule_fns: ${list('cosine')}
  alter_decays: ${list('0')}
  alter_warmups: ${list('0')}
`;
  };

  test('are allowed up to 10,000', () => {
    expect(mistakesOf(cycles(10_000))).toEqual([]);
    expect(mistakesOf(cycles(10_001))).toEqual([
      'schedule.alter_decays: at most 10,000 cycles are allowed, found 10,001',
    ]);
  });
});
