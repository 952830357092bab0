import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeEach, describe, expect, test, vi} from 'vitest';
import type {Submission} from '../../src/contract/index.js';
import {compile, openEngine} from '../../src/engine/index.js';
import {readTable} from '../../src/runs/index.js';
import {loadBuiltIn, submissionNames} from '../../src/submissions/index.js';
import {createEvaluator, evaluationEntries} from '../../src/training/index.js';
import {translation} from '../../workloads/wmt/workload.js';
import {numbersOf, root, temporaryFolder, testBackend} from '../helpers/cli.js';
import {drawnPairs, writeTranslations} from '../helpers/pairs.js';
import {runInProcess} from '../helpers/run-in-process.js';

/** Threads run compiled files. */
const {loadWmt} = (await import(
  pathToFileURL(join(root, 'dist', 'workloads', 'wmt', 'data.js')).href
)) as typeof import('../../workloads/wmt/data.js');

const length = 8;

/** A transformer that takes milliseconds a step; it learns to write words of up to five letters in reverse. */
const small = {
  ...translation({
    name: 'small-wmt',
    summary: 'words in reverse',
    target: {metric: 'bleu', validation: 101, test: 101},
    budget: {stepHint: 100, seconds: 60, evalEverySeconds: 10},
    examples: {train: 64, evalTrain: 4, validation: 12, test: 9},
    batchSize: 4,
    evalBatchSize: 8,
    transformer: {vocabulary: 30, length, layers: 1, width: 16, heads: 2, hidden: 16},
  }),
  loadData: (dir: string | undefined) => loadWmt(dir, {vocabulary: 30, length}),
};

beforeEach(() => {
  // TensorFlow is in the cache.
  if (testBackend !== 'tensorflow') vi.stubEnv('XDG_CACHE_HOME', temporaryFolder());
  return () => void vi.unstubAllEnvs();
});

function folderWithData(): string {
  const folder = temporaryFolder();
  writeTranslations(folder);
  return folder;
}

const config = (reset: string): string => `
batch_size: 4
evaluation: {every_steps: 12, stop_at_target: false}
hyperparameters: {optimizer: adamw, learning_rate: 0.01, one_minus_beta1: 0.1, beta2: 0.99, weight_decay: 0.01, dropout_rate: 0.1, label_smoothing: 0.1, warmup_factor: 0.1}
schedule:
  budget_steps: 12
  warmup_schedule_fns: [linear, linear]
  decay_schedule_fns: [cosine, cosine]
  alter_decays: [0, 0]
  alter_warmups: [0, 0]
reset: {method: ${reset}}
`;

const tables = ['eval_measurements.csv', 'measurements.csv', 'reinits.csv', 'validation_losses.csv'];

describe('training', () => {
  test.each(['reinit', 'multiply', 'none'])(
    'with reset %s, resumed in the middle of an epoch, the same as in one go',
    async (reset) => {
      const [whole, parts] = [folderWithData(), folderWithData()];
      const run = {config: config(reset), workload: small, backend: testBackend};
      const {path, result} = await runInProcess({folder: whole, ...run});
      expect(result).toMatchObject({globalStep: 12, official: false});
      await runInProcess({folder: parts, ...run, maxGlobalSteps: 5});
      const resumed = await runInProcess({folder: parts, ...run, resume: true});
      for (const table of tables)
        expect(numbersOf(join(resumed.path, table)), table).toEqual(numbersOf(join(path, table)));
    },
  );

  test('the loss falls, and BLEU rises', async () => {
    const {path} = await runInProcess({
      folder: folderWithData(),
      config: config('none')
        .replace('budget_steps: 12', 'budget_steps: 200')
        .replace('every_steps: 12', 'every_steps: 100'),
      workload: small,
      backend: testBackend,
    });
    const rows = readTable(join(path, 'eval_measurements.csv'));
    const [first, last] = [rows[0]!, rows.at(-1)!];
    expect(Number(last['validation/loss'])).toBeLessThan(Number(first['validation/loss']) / 2);
    expect(Number(last['validation/accuracy'])).toBeGreaterThan(Number(first['validation/accuracy']));
    expect(Number(last['validation/bleu'])).toBeGreaterThanOrEqual(0);
    expect(Number(last['validation/num_examples'])).toBe(12);
  });

  // Every submission is compiled anew: on TensorFlow that takes a minute for all.
  test.skipIf(testBackend === 'tensorflow').each(submissionNames)('the submission %s trains it', async (name) => {
    const submission = (await loadBuiltIn(name)) as unknown as Submission;
    const text = readFileSync(join(root, 'configs', 'submissions', `${name}.yaml`), 'utf8');
    const {result} = await runInProcess({
      folder: folderWithData(),
      config: `batch_size: 4\n${text}`,
      workload: small,
      submission,
      maxGlobalSteps: 3,
    });
    expect(result).toMatchObject({globalStep: 3, status: 'stopped'});
  });
});

describe('evaluation', () => {
  test('is the same for any batch, of as many pairs as there are, and after one that was given up while it translated', async () => {
    await openEngine(testBackend);
    const folder = temporaryFolder();
    writeTranslations(folder, {validation: [['', ''], ['?', '漢'], ...drawnPairs(5)]});
    const dataset = await small.loadData(folder);
    const program = compile({...small.initModel([0, 1]), optimizer: {}}, evaluationEntries(small));
    const evaluatorOf = (evalBatchSize: number) =>
      createEvaluator({program, dataset, workload: {...small, evalBatchSize}, key: [0, 2]});
    const evaluate = evaluatorOf(4);
    const whole = (await evaluate())!;
    let pauses = 0;
    expect(await evaluate(async () => ++pauses < 20)).toBeUndefined();
    // Batches are fewer: it was in the middle of one.
    expect(pauses).toBe(20);
    expect(await evaluate()).toEqual(whole);
    for (const [name, value] of Object.entries((await evaluatorOf(7)())!))
      expect(value, name).toBeCloseTo(whole[name]!, 4);
    program.dispose();
    for (const source of [dataset.train, dataset.validation, dataset.test]) await source?.close?.();
  });
});
