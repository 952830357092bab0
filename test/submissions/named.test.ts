import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {type ConfigSource, checkConfig, readConfig} from '../../src/config/index.js';
import type {DrawnSchedule} from '../../src/contract/index.js';
import {loadBuiltIn, loadSubmission, submissionNames} from '../../src/submissions/index.js';
import {loadWorkload} from '../../workloads/index.js';
import {drive, fakeRecorder, tinyWorkload} from '../helpers/fakes.js';

const configs = join(import.meta.dirname, '..', '..', 'configs');
const mnist = await loadWorkload('mnist');

type Point = {readonly [key: string]: unknown};
type Dimension = {readonly min: number; readonly max: number} | {readonly feasible_points: readonly unknown[]};

/** The points of a search space of either form; of ranges the corners where everything is least, or most. */
function pointsOf(space: readonly Point[] | {readonly [key: string]: Dimension}): readonly Point[] {
  if (Array.isArray(space)) return space;
  const ends = Object.entries(space as {[key: string]: Dimension}).map(([key, dimension]) => {
    const ends = 'feasible_points' in dimension ? dimension.feasible_points : [dimension.min, dimension.max];
    return [key, ends[0], ends.at(-1)] as const;
  });
  return [1, 2].map((end) => Object.fromEntries(ends.map((each) => [each[0], each[end]])));
}

/** A config with a point's values among its hyperparameters. */
function atPoint(source: ConfigSource, point: Point): ConfigSource {
  const data = source.data as {readonly hyperparameters: object};
  return {...source, data: {...data, hyperparameters: {...data.hyperparameters, ...point}}};
}

describe.each(submissionNames)('%s', (name) => {
  test('brings a config along that workloads take', async () => {
    const source = readConfig(undefined, {submission: name});
    expect([source.file, source.stem]).toEqual([join(configs, 'submissions', `${name}.yaml`), name]);
    expect((readConfig(source.file).data as {submission: string}).submission).toBe(name);
    const {config, resolved} = checkConfig(source, await loadSubmission(name), mnist);
    expect(config.submission).toBe(name);
    expect(resolved).toContain('hyperparameters:');
  });

  test('is told of in one line each', async () => {
    const {summary, rule, paper, ruleset} = (await loadBuiltIn(name)).about;
    for (const line of [summary, rule]) expect(line).toMatch(/^[^\n]{10,140}$/);
    expect(paper).toMatch(/^https:\/\/\S+$/);
    expect(['external', 'self']).toContain(ruleset);
  });

  test('lays its schedule out over the steps of the run, and ends there', async () => {
    const submission = await loadBuiltIn(name);
    const source = readConfig(undefined, {submission: name, set: ['schedule.budget_step_hints=0.1']});
    const {config} = checkConfig(source, submission, tinyWorkload);
    const {results, recorder} = await drive(submission, config, {steps: 30});
    expect(recorder.schedules.map(({totalSteps}) => totalSteps)).toEqual([30]);
    expect(results.map(({trainingComplete}) => trainingComplete)).toEqual(results.map((_, i) => i === 29));
    expect(recorder.values.map(({globalStep}) => globalStep)).toEqual([1]);
  });
});

describe.each(readdirSync(join(configs, 'search-spaces')))('search space %s', (file) => {
  test('has points that the submission of the name takes', async () => {
    const name = file.replace(/\.json$/, '');
    expect(submissionNames).toContain(name);
    const space = JSON.parse(readFileSync(join(configs, 'search-spaces', file), 'utf8'));
    const submission = await loadSubmission(name);
    for (const point of pointsOf(space)) {
      const {config} = checkConfig(atPoint(readConfig(undefined, {submission: name}), point), submission, mnist);
      expect(config.hyperparameters.learningRate).toBe(point.learning_rate);
    }
  });
});

/** The schedule that a submission draws for the tiny workload's 300 steps. */
async function drawn(name: (typeof submissionNames)[number], ...set: string[]): Promise<DrawnSchedule> {
  const submission = await loadBuiltIn(name);
  const {config} = checkConfig(readConfig(undefined, {submission: name, set}), submission, tinyWorkload);
  const drawings: DrawnSchedule[] = [];
  const recorder = {...fakeRecorder(), schedule: (drawing: DrawnSchedule) => drawings.push(drawing) - 1};
  await submission.initOptimizerState({
    ...{workload: tinyWorkload, model: tinyWorkload.initModel([0, 0]), config},
    ...{key: [0, 0], recorder},
  });
  return drawings[0]!;
}

const LR = 'hyperparameters.learning_rate=0.5';

test.each(['adamw', 'nadamw'] as const)('the rate of %s is a linear warm-up and half a cosine', async (name) => {
  const {learningRate, cycles, turns} = await drawn(name, LR, 'hyperparameters.warmup_factor=0.1');
  const written = (t: number) => (t < 30 ? (0.5 * t) / 30 : (0.5 * (1 + Math.cos((Math.PI * (t - 30)) / 270))) / 2);
  for (const step of [0, 1, 29, 30, 31, 150, 299, 300]) expect(learningRate(step)).toBeCloseTo(written(step), 15);
  expect([cycles, turns]).toEqual([[{start: 0, end: 300, label: 'linear + cosine'}], [0, 30]]);
});

test.each(['nesterov', 'momentum'] as const)('the rate of %s falls on a line to a share of its peak', async (name) => {
  const set = ['hyperparameters.warmup_factor=0.1', 'hyperparameters.end_factor=0.01'];
  const {learningRate} = await drawn(name, LR, ...set, 'hyperparameters.decay_steps_factor=0.85');
  // floor(270 * .85) = 229
  const written = (t: number) => (t < 30 ? (0.5 * t) / 30 : 0.005 + 0.495 * (1 - Math.min(t - 30, 229) / 229));
  for (const step of [0, 1, 29, 30, 31, 258, 259, 260, 299, 400])
    expect(learningRate(step)).toBeCloseTo(written(step), 15);
});

test.each([
  ['adamw', 'schedule.budget_step_hints=0.001', 'schedule.budget_step_hints: the run would have no step'],
  ['adamw', 'schedule.budget_step_hints=1e9', 'at most 100,000,000 are allowed'],
  ['adamw', 'schedule.budget_steps=3', 'give either this or budget_steps, not both'],
  ['adamw', 'hyperparameters.nesterov=true', 'there is no such key'],
  ['adamw', 'hyperparameters.beta2=null', 'is missing'],
  ['nesterov', 'hyperparameters.one_minus_beta1=1', 'must be below 1: without momentum there is no step ahead'],
])('%s refuses %s', async (submission, set, message) => {
  const built = await loadSubmission(submission);
  expect(() => checkConfig(readConfig(undefined, {submission, set: [set]}), built, tinyWorkload)).toThrow(message);
});

describe('without a config', () => {
  test('cyclic is taken, or what --set names', () => {
    expect(readConfig(undefined).submission).toBe('cyclic');
    const {submission, stem, file} = readConfig(undefined, {set: ['submission=momentum']});
    expect([submission, stem, file]).toEqual(['momentum', 'momentum', join(configs, 'submissions', 'momentum.yaml')]);
  });

  test("a user's submission has what --set says, and messages say that there is no config", async () => {
    const source = readConfig(undefined, {submission: './my/mine.ts', set: ['batch_size=3']});
    expect([source.stem, source.data]).toEqual(['mine', {batch_size: 3, submission: './my/mine.ts'}]);
    const adamw = await loadSubmission('adamw');
    expect(() => checkConfig(source, adamw)).toThrow('(no --config):1:1: hyperparameters.learning_rate: is missing');
  });

  test('a name that no submission has is left to those who load it', async () => {
    const {submission, submissionAsked} = readConfig(undefined, {submission: 'adamv'});
    await expect(loadSubmission(submission, submissionAsked)).rejects.toThrow('Did you mean `adamw`?');
  });
});
