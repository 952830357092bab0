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

  test('has one line each', async () => {
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

/** The rule of the v0.5 entry, written out: what its scheduler sets after each step, where the first step has the full rate. */
function cyclicLrLoop({lr, warmupFactor, n, steps}: {lr: number; warmupFactor: number; n: number; steps: number}) {
  const [low, warmup, period] = [1e-10, Math.floor(warmupFactor * steps), steps / n];
  const rates = [lr];
  for (let t = 1; t < steps; t++) {
    let i = 0;
    while (t > (i + 1) * period) i++;
    const at = t - i * period;
    rates.push(
      at <= warmup
        ? low + ((lr - low) / warmup) * at
        : low + (lr - low) * 0.5 * (1 + Math.cos(((at - warmup) * Math.PI) / (period - warmup))),
    );
  }
  return rates;
}

test.each([
  {lr: 0.5, warmupFactor: 0.02, n: 1},
  {lr: 0.001308209823469072, warmupFactor: 0.1, n: 2},
  {lr: 0.5, warmupFactor: 0.05, n: 7},
])('the rate of cyclic_lr is that of the loop of its rule: %o', async ({lr, warmupFactor, n}) => {
  const set = {learning_rate: lr, warmup_factor: warmupFactor, cycles: n};
  const sets = Object.entries(set).map(([key, value]) => `hyperparameters.${key}=${value}`);
  const {learningRate, cycles, turns} = await drawn('cyclic_lr', ...sets);
  for (const [step, rate] of cyclicLrLoop({lr, warmupFactor, n, steps: 300}).entries())
    expect(Math.abs(learningRate(step) - rate), `step ${step}`).toBeLessThan(1e-12 * lr);
  expect(cycles.map(({start, end}) => [start, end])).toEqual(
    Array.from({length: n}, (_, i) => [Math.ceil((i * 300) / n), Math.ceil(((i + 1) * 300) / n)]),
  );
  // Between two turns the rate only rises or only falls.
  for (const [i, turn] of turns!.entries()) {
    const rates = Array.from({length: (turns![i + 1] ?? 300) - turn}, (_, k) => learningRate(turn + k));
    const sorted = [...rates].sort((a, b) => a - b);
    expect([sorted, sorted.toReversed()]).toContainEqual(rates);
  }
});

test('a config may have other shapes, with options', async () => {
  const polynomial = ['schedule.decay_schedule_fn=polynomial', 'schedule.decay_options={power: 1, end_factor: 0.2}'];
  const warmup = ['schedule.warmup_options={start_factor: 0.5}', 'hyperparameters.warmup_factor=0.1'];
  const {learningRate, cycles, turns} = await drawn('adamw', LR, ...polynomial, ...warmup);
  expect([0, 15, 30, 165, 300].map(learningRate)).toEqual([0.25, 0.375, 0.5, expect.closeTo(0.3, 15), 0.1]);
  expect([cycles[0]!.label, turns]).toEqual(['linear + polynomial', [0, 30]]);
  const oneCycle = await drawn('adamw', LR, 'schedule.decay_schedule_fn=one_cycle', 'schedule.warmup_schedule_fn=none');
  expect([oneCycle.learningRate(0), oneCycle.learningRate(89)]).toEqual([expect.closeTo(0.02, 15), 0.5]);
  expect(oneCycle.turns).toBeUndefined();
});

test.each([
  ['adamw', 'schedule.budget_step_hints=0.001', 'schedule.budget_step_hints: the run would have no step'],
  ['adamw', 'schedule.budget_step_hints=1e9', 'at most 100,000,000 are allowed'],
  ['adamw', 'schedule.budget_steps=3', 'give either this or budget_steps, not both'],
  ['adamw', 'hyperparameters.nesterov=true', 'there is no such key'],
  ['adamw', 'hyperparameters.beta2=null', 'is missing'],
  ['cyclic_lr', 'hyperparameters.cycles=50', 'hyperparameters.warmup_factor: must be below 1 / cycles'],
  ['adamw', 'schedule.decay_options={power: 2}', 'is not an option of cosine, which takes end_factor'],
  ['adamw', 'schedule.warmup_options={power: 2}', 'schedule.warmup_options.power: is not an option of linear'],
  ['adamw', 'schedule.decay_options={pover: 2}', 'did you mean `power`?'],
  ['momentum', 'schedule.decay_schedule_fn=cosine', 'there is no such key'],
  ['cyclic', 'schedule.decay_options=[{}, {cooldown: linear}, {}]', '[1].cooldown: is not an option of cosine'],
  ['cyclic', 'schedule.decay_options=[{}, {power: 0}, {}]', 'schedule.decay_options[1].power: must be above 0'],
  ['cyclic', 'schedule.decay_options=[{}, {powr: 2}, {}]', 'did you mean `power`?'],
  ['cyclic', 'schedule.warmup_options=[{}]', 'warmup_options 1'],
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
    const {submission, submissionGivenBy} = readConfig(undefined, {submission: 'adamv'});
    await expect(loadSubmission(submission, submissionGivenBy)).rejects.toThrow('Did you mean `adamw`?');
  });
});
