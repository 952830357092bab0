import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {beforeEach, describe, expect, test, vi} from 'vitest';
import {compile, openEngine} from '../../src/engine/index.js';
import {readTable} from '../../src/runs/index.js';
import {submissionNames} from '../../src/submissions/index.js';
import {createEvaluator, evaluationEntries} from '../../src/training/index.js';
import {translation} from '../../workloads/wmt/workload.js';
import {root, temporaryFolder, testBackend} from '../helpers/cli.js';
import {drawnPairs, writeTranslations} from '../helpers/pairs.js';
import {runInProcess} from '../helpers/run-in-process.js';
import {expectSameResumed, expectTrainedBy, twoCycles} from '../helpers/trained-workloads.js';

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

const config = (reset: string, change = {}): string =>
  twoCycles({batchSize: 4, budgetSteps: 12, everySteps: 12, reset, more: ', label_smoothing: 0.1', ...change});

describe('training', () => {
  test.each(['reinit', 'multiply', 'none'])(
    'with reset %s, resumed in the middle of an epoch, the same as in one go',
    async (reset) => {
      const run = {folderWithData, workload: small, backend: testBackend};
      const {result} = await expectSameResumed(run, {config: config(reset), cuts: [5]});
      expect(result).toMatchObject({globalStep: 12, official: false});
    },
  );

  test('the loss falls, and BLEU rises', async () => {
    const {path} = await runInProcess({
      folder: folderWithData(),
      config: config('none', {budgetSteps: 200, everySteps: 100}),
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

  // Each submission is compiled: on TensorFlow that takes a minute for all.
  test.skipIf(testBackend === 'tensorflow').each(submissionNames)('the submission %s trains it', async (name) => {
    await expectTrainedBy(name, {folderWithData, workload: small}, 4);
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
