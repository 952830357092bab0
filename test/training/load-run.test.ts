import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, expect, test, vi} from 'vitest';
import {UserError} from '../../src/support/index.js';
import {
  checkedRun,
  loadConfig,
  loadParts,
  loadRun,
  readRunConfig,
  readRunConfigOf,
} from '../../src/training/load-run.js';
import {temporaryFolder} from '../helpers/cli.js';
import {tinyWorkload} from '../helpers/fakes.js';

// The loader's hooks are a file of the built tool.
vi.mock('../../src/support/index.js', async (original) => ({
  ...(await original<typeof import('../../src/support/index.js')>()),
  importUserModule: (path: string) => import(/* @vite-ignore */ path),
}));

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});

/** Writes a file. @returns its path */
function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const SUBMISSION = `
export const getBatchSize = () => 3;
export const initOptimizerState = () => ({init: {}, entries: {}, save: () => null});
export const dataSelection = ({inputQueue}) => inputQueue.next();
export const updateParams = () => {};
`;

const config = () => written('own.yaml', 'batch_size: 4\nevaluation: {every_steps: 2}\n');

test('a config is read by path or as a sample, with its changes', () => {
  const {stem, data, submission, overrides} = readRunConfig({
    ...{workload: tinyWorkload, config: config(), submission: 'mine.ts'},
    set: ['batch_size=5', 'evaluation.every_steps=null'],
  });
  expect([stem, submission]).toEqual(['own', 'mine.ts']);
  expect(data).toMatchObject({batch_size: 5, submission: 'mine.ts'});
  expect(overrides.map(({key, value}) => [key, value])).toEqual([
    ['batch_size', 5],
    ['evaluation.every_steps', undefined],
  ]);
  expect(readRunConfig({workload: 'mnist', config: 'multiply'})).toMatchObject({submission: 'cyclic', overrides: []});
  expect(() => readRunConfig({workload: tinyWorkload, config: 'multiply'})).toThrow(UserError);
});

test('a workload that is not there is told before a config that is not', async () => {
  await expect(readRunConfigOf({workload: 'nowhere', config: 'absent'})).rejects.toThrow("no workload 'nowhere'");
  await expect(readRunConfigOf({workload: 'mnist', config: 'absent'})).rejects.toThrow('absent');
  await expect(readRunConfigOf({workload: tinyWorkload, config: 'absent'})).rejects.toThrow('absent');
  expect((await readRunConfigOf({workload: 'nowhere', config: config()})).stem).toBe('own');
});

test('a run has its config checked, with what was changed in it and the modules of its own', async () => {
  const submission = written('mine.mjs', SUBMISSION);
  const run = await loadRun({
    ...{workload: tinyWorkload, config: config(), submission},
    set: ['batch_size=5', 'evaluation.every_steps=null'],
  });
  expect(run).toMatchObject({
    ...{workload: {name: 'tiny'}, stem: 'own', overrides: {batch_size: 5, 'evaluation.every_steps': null}},
    modules: {submission, schedules: undefined, workload: undefined},
    loaded: {config: {batchSize: 5, submission}},
  });
  // It is checked and guarded once.
  expect((await loadRun({workload: tinyWorkload, config: config(), submission})).workload).toBe(run.workload);
  expect(run.submission.getBatchSize({} as never, {} as never)).toBe(3);
  await expect(loadRun({workload: tinyWorkload, config: config(), submission, set: ['rate=1']})).rejects.toThrow(
    'rate',
  );
});

test('a run of what is built in has no modules but the schedules that its config names', async () => {
  const shape = written('shape.mjs', 'export const decay = () => () => 0;');
  const set = [`schedule.decay_schedule_fns=["${shape}", cosine, linear]`, 'schedule.budget_step_hints=0.1'];
  const {workload, submission, modules} = await loadRun({workload: 'mnist', submission: 'cyclic', set});
  expect([workload.name, typeof submission.checkModules]).toEqual(['mnist', 'function']);
  expect(modules).toEqual({submission: undefined, schedules: [shape], workload: undefined});
});

test("a workload of the user's is one of the modules", async () => {
  const workload = written('workload.mjs', 'export const nothing = 1;');
  const run = {workload, config: config(), submission: written('mine.mjs', SUBMISSION)};
  const source = readRunConfig(run);
  await expect(loadParts(run, source)).rejects.toThrow(workload);
  const parts = await loadParts({...run, workload: tinyWorkload}, source);
  expect(checkedRun(run, source, parts).modules).toMatchObject({workload});
});

test('a config that was read before is not read again', async () => {
  const run = {workload: tinyWorkload, config: config(), submission: written('mine.mjs', SUBMISSION)};
  const source = readRunConfig(run);
  expect((await loadRun({...run, config: 'absent'}, source)).stem).toBe('own');
  expect((await loadConfig(run)).config).toMatchObject({batchSize: 4, evaluation: {everySteps: 2}});
});
