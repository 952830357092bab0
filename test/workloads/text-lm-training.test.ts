import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import type {Workload} from '../../src/contract/index.js';
import {loadSubmission, submissionNames} from '../../src/submissions/index.js';
import {sampleRun} from '../../src/verification/index.js';
import {mnist} from '../../workloads/mnist/index.js';
import {textLmWith} from '../../workloads/text_lm/index.js';
import {numbersOf, root, temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {runInProcess} from '../helpers/run-in-process.js';

/** The same model, but narrow and of one layer. */
const small: Workload = {
  ...textLmWith({layers: 1, width: 16, heads: 2, hidden: 24}),
  evalBatchSize: 8,
  budget: {stepHint: 8, seconds: 600, evalEverySeconds: 600},
};

const config = (method = 'none') => `batch_size: 4
evaluation: {every_steps: 2, stop_at_target: false}
hyperparameters: {optimizer: nadamw, learning_rate: 0.01, one_minus_beta1: 0.1, beta2: 0.98, weight_decay: 0.1, warmup_factor: 0.2}
schedule:
  budget_steps: 8
  warmup_schedule_fns: [linear, linear]
  decay_schedule_fns: [cosine, cosine]
  alter_decays: [0, 0.01]
  alter_warmups: [0, 0]
reset: {method: ${method}, alpha: 0.5}
`;

function folderWithText(folder = temporaryFolder()): string {
  const lines = Array.from({length: 400}, (_, i) => JSON.stringify({text: `${i} is followed by ${i + 1}.\n`}));
  writeFileSync(join(folder, 'numbers.jsonl'), lines.join('\n'));
  return folder;
}

/** The text alone: a run's folder has other files, which are no text. */
const dataDirOf = (folder: string): string => join(folder, 'numbers.jsonl');

function run(folder: string, options: Partial<Parameters<typeof runInProcess>[0]> = {}) {
  return runInProcess({folder, config: config(), workload: small, dataDir: dataDirOf(folder), ...options});
}

const lossesOf = (path: string) =>
  numbersOf(join(path, 'eval_measurements.csv')).map((row) => row['validation/bits_per_byte']);

describe('the cyclic submission', () => {
  test.each(['reinit', 'multiply', 'none'])('with reset %s', async (method) => {
    const {path, result} = await run(folderWithText(), {config: config(method)});
    expect(result!.globalStep).toBe(8);
    expect(numbersOf(join(path, 'reinits.csv'))).toMatchObject([{global_step: '4', cause: 'boundary', method}]);
    for (const loss of lossesOf(path)) expect(Number(loss)).toBeLessThan(9);
  });

  test('a resumed run gives the numbers of one that was not interrupted', async () => {
    const [whole, parted] = [folderWithText(), folderWithText()];
    const {path} = await run(whole);
    await run(parted, {maxGlobalSteps: 3});
    const resumed = await run(parted, {resume: true});
    expect(resumed.result!.globalStep).toBe(8);
    expect(lossesOf(resumed.path)).toEqual(lossesOf(path));
  });
});

test.each(submissionNames)('the submission %s trains it unchanged', async (name) => {
  const submission = await loadSubmission(name);
  const own = readFileSync(join(root, 'configs', 'submissions', `${name}.yaml`), 'utf8');
  const {path, result} = await run(folderWithText(), {
    submission,
    config: `${own.replace(/^batch_size:.*$/m, '')}\nbatch_size: 4\n`,
    maxGlobalSteps: 2,
  });
  expect(result!.globalStep).toBe(2);
  for (const loss of lossesOf(path)) expect(Number(loss)).toBeLessThan(20);
});

describe('sampleRun', () => {
  let path = '';
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-sample-'));
    path = (await run(folderWithText(folder))).path;
    return () => rmSync(folder, {recursive: true});
  });
  const sample = (options: object) =>
    sampleRun(path, {workload: small, dataDir: join(path, '../../../..', 'numbers.jsonl'), tokens: 20, ...options});

  test('continues a prompt: the same seed gives the same text, another one another', async () => {
    const first = await sample({prompt: '12 is', seed: 1});
    expect(first).toMatchObject({path, globalStep: 8, seed: 1, prompt: '12 is'});
    expect(Buffer.byteLength(first.text)).toBeGreaterThan(0);
    expect(await sample({prompt: '12 is', seed: 1})).toEqual(first);
    expect((await sample({prompt: '12 is', seed: 2})).text).not.toBe(first.text);
  });

  test('at temperature 0, and of the likeliest token alone, no seed counts', async () => {
    const greedy = await sample({seed: 1, temperature: 0});
    expect((await sample({seed: 2, temperature: 0})).text).toBe(greedy.text);
    expect((await sample({seed: 3, topK: 1})).text).toBe(greedy.text);
  });

  test('a prompt may be longer than what the model sees', async () => {
    const long = 'word '.repeat(60);
    const {text} = await sample({prompt: long, seed: 1, tokens: 3});
    // Only the last 128 bytes count.
    expect((await sample({prompt: `other ${long}`, seed: 1, tokens: 3, temperature: 0})).text).toBe(
      (await sample({prompt: long, seed: 1, tokens: 3, temperature: 0})).text,
    );
    expect(text.length).toBeGreaterThan(0);
  });

  test('refuses a model whose logits are NaN, of which an evaluation gives NaN', async () => {
    const folder = folderWithText();
    const diverging = config().replace('learning_rate: 0.01', 'learning_rate: 1e30');
    const diverged = await run(folder, {config: diverging, maxGlobalSteps: 2});
    const options = {workload: small, dataDir: dataDirOf(folder), checkpoint: 'last' as const};
    await expect(sampleRun(diverged.path, options)).rejects.toThrow(
      `${diverged.path}: the model of step 2 gives logits that are NaN; name another --checkpoint`,
    );
  });

  test('refuses a checkpoint that is not there, and a workload that is no language model', async () => {
    await expect(sample({checkpoint: 7})).rejects.toThrow('--checkpoint: there is no checkpoint of step 7');
    const folder = temporaryFolder();
    writeSmallMnist(folder);
    const other = await runInProcess({folder, config: config(), workload: mnist, maxGlobalSteps: 2});
    await expect(sampleRun(other.path)).rejects.toThrow('runs sample: mnist is no language model');
  });
});
