import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {cli, finished, numbersOf, root, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

const SUBMISSION = `
import {z, type InitContext} from 'algoperf-ts';
export const configSchema = z.strictObject({steps: z.int().min(1).default(3)});
export const getBatchSize = () => 4;
export const dataSelection = ({inputQueue}: any) => inputQueue.next();
export const initOptimizerState = ({config}: InitContext) =>
  ({init: {}, entries: {}, save: () => null, totalSteps: config.steps});
export const updateParams = ({globalStep, optimizerState}: any) =>
  ({trainingComplete: globalStep + 1 === optimizerState.totalSteps});
`;

const folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-'));
const pathOf = (...parts: string[]) => join(folder, 'experiments', ...parts);
// biome-ignore lint/suspicious/noExplicitAny: what the script printed
let used: any;

beforeAll(async () => {
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  writeFileSync(join(folder, 'mine.ts'), SUBMISSION);
  writeFileSync(join(folder, 'empty.yaml'), 'evaluation: {every_steps: 3}\n');
  const words = [join(root, 'test', 'library', 'use.mjs'), writeConfig(folder), 'mine.ts'];
  const {code, stdout, stderr} = await finished(spawn(process.execPath, words, {cwd: folder}));
  expect(code, stderr).toBe(0);
  used = JSON.parse(stdout);
}, 600_000);

afterAll(() => rmSync(folder, {recursive: true, force: true}));

describe('the library, by its public face alone', () => {
  test('trains as the command line does', async () => {
    const words =
      'run --workload mnist --config small.yaml --data-dir data --backend wasm --rng-seed 7 --experiment-name cli';
    expect((await cli(folder, words.split(' '))).code).toBe(0);
    for (const table of ['eval_measurements.csv', 'measurements.csv', 'reinits.csv', 'schedule.csv']) {
      const numbers = (experiment: string) => numbersOf(pathOf(experiment, 'mnist_tfjs', 'trial_1', table));
      expect(numbers('whole'), table).toEqual(numbers('cli'));
      expect(numbers('part'), table).toEqual(numbers('cli'));
    }
  });

  test('resumes, and says of a complete run that it was', () => {
    const [whole, part, rest, again] = used.runs;
    expect(whole).toMatchObject({globalStep: 45, result: {status: 'target_reached', experiment: 'whole'}});
    expect(part).toMatchObject({globalStep: 20, ending: {status: 'stopped'}});
    expect([rest.globalStep, rest.wasComplete]).toEqual([45, undefined]);
    expect([again.globalStep, again.wasComplete]).toEqual([45, true]);
    expect(again.result).toEqual(rest.result);
  });

  test('trains trials of a study in one runtime', () => {
    const [, , , , one, two] = used.runs;
    const place = (trial: number) => join('experiments', 'study', 'study_1', 'mnist_tfjs', `trial_${trial}`);
    expect([one.path, two.path]).toEqual([place(1), place(2)]);
    expect(one.result.best.value).toBe(two.result.best.value);
  });

  test("trains a user's submission, with a schema of the bundled zod", () => {
    expect(used.runs[6]).toMatchObject({globalStep: 3, ending: {status: 'budget_spent'}});
    expect(used.hasZod).toBe(true);
  });

  test('stops when it is asked to, with a checkpoint and no result', () => {
    expect(used.runs[7]).toMatchObject({ending: {status: 'interrupted'}});
    expect(used.runs[7].result).toBeUndefined();
    expect(used.events).toEqual(expect.arrayContaining(['schedule', 'evaluation', 'checkpoint', 'reset']));
  });

  test('loads a config, and lists the runs with their settings', () => {
    expect(used.loaded).toMatchObject({batchSize: 16, hyperparameters: {learningRate: 0.002}});
    expect(used.list).toHaveLength(6);
    expect(used.list[0]).toMatchObject({experiment: 'whole', seed: 7, config: {batch_size: 16}});
  });

  test('scores them', () => {
    expect(used.scored.pool).toMatchObject({submissions: ['study', 'whole'], workloads: ['mnist'], runs: 3});
    const [whole] = used.scored.scores.filter(({submission}: {submission: string}) => submission === 'whole');
    expect(whole.times.mnist.median).toBe(used.runs[0].result.timeToTarget?.globalStep ?? null);
  });

  test('throws where the command line exits', () => {
    expect(used.refusals).toEqual([
      [true, 'UserError', expect.stringContaining('Did you mean `mnist`?')],
      [true, 'UserError', expect.stringContaining('nowhere.yaml')],
      [true, 'UserError', expect.stringContaining('hyperparameters.learning_rate')],
      [true, 'UserError', expect.stringContaining('already exists')],
      [true, 'UserError', expect.stringContaining('batch_size: was 16, is now 3')],
      [true, 'UserError', expect.stringContaining('say which run')],
      [true, 'UserError', expect.stringContaining('--overwrite')],
      [true, 'UserError', expect.stringContaining('cuda')],
      [false, 'RangeError', 'train: rngSeed must be an integer of at least 0, got 1.5'],
      [false, 'RangeError', 'train: maxGlobalSteps must be an integer of at least 1, got 0'],
      [false, 'RangeError', 'train: maxRuntime must be a number above 0, got -1'],
      [true, 'UserError', expect.stringContaining('nowhere')],
    ]);
  });
});
