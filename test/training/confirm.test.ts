import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setImmediate} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {doubtsAbout} from '../../src/training/confirm.js';
import type {Claim} from '../../src/training/index.js';
import type {OpenRun} from '../../src/training/prepare.js';
import {temporaryFolder} from '../helpers/cli.js';
import {tinyWorkload} from '../helpers/fakes.js';

const {metric, validation, test: onTest} = tinyWorkload.target;

/** Evaluations of the target's metric, by step. */
const evaluations = (...values: readonly (readonly [step: number, validation: number, test: number])[]) =>
  values.map(([globalStep, ofValidation, ofTest]) => ({
    globalStep,
    submissionTime: globalStep,
    metrics: {
      ...{[`validation/${metric}`]: ofValidation, [`test/${metric}`]: ofTest},
      [`validation/${tinyWorkload.lossMetric}`]: 0,
    },
  }));

/** An evaluation of the run's first process as it is claimed. */
const measured = (rows: ReturnType<typeof evaluations>, step: number) => {
  const {globalStep, metrics} = rows.find((row) => row.globalStep === step)!;
  const texts = Object.entries(metrics).map(([name, value]) => [name, String(value)]);
  return {globalStep, process: 0, metrics: Object.fromEntries(texts)};
};

const SETTINGS = {'config.yaml': '0'};
const SUMS = {'step-5.safetensors': '1'};
const LOW = -1;
const REACHED = Math.max(validation, onTest ?? validation) + 1;

/** What a run claims, and what comes of it, with parts of the run replaced. */
async function asked(run: {
  rows: ReturnType<typeof evaluations>;
  notOfficial?: string[];
  signal?: AbortSignal;
  status?: string;
  checkpoints?: number[];
  table?: string;
}) {
  const claims: Omit<Claim, 'path'>[] = [];
  const said: string[] = [];
  const {rows, notOfficial = [], signal = new AbortController().signal, status = 'stopped', checkpoints = []} = run;
  const path = temporaryFolder();
  mkdirSync(join(path, 'checkpoints'));
  if (run.table !== undefined) writeFileSync(join(path, 'eval_measurements.csv'), run.table);
  for (const step of checkpoints) writeFileSync(join(path, 'checkpoints', `step-${step}.safetensors`), '');
  const open = {
    folder: {path, notOfficial},
    evaluations: rows,
    settings: SETTINGS,
    record: {checkpoints: () => SUMS},
    options: {
      workload: tinyWorkload,
      watcher: {info: (message: string) => said.push(message)},
      signal,
      confirm: async ({path: claimed, ...claim}: Claim) => {
        expect(claimed).toBe(path);
        claims.push(claim);
        // No answer is there at once.
        await setImmediate();
        return ['it differs'];
      },
    },
  } as unknown as OpenRun;
  return {claims, said, doubts: await doubtsAbout(open, {status, reason: ''} as never)};
}

test.each([
  ['both targets', evaluations([1, LOW, LOW], [5, REACHED, LOW], [9, REACHED, REACHED]), {validation: 5, test: 9}],
  ['the validation target', evaluations([1, LOW, LOW], [5, REACHED, LOW]), {validation: 5}],
  ['the test target', evaluations([1, LOW, REACHED]), {test: 1}],
])('what reached %s first is claimed, and what is found is passed on', async (_, rows, steps) => {
  expect(await asked({rows})).toStrictEqual({
    claims: [
      {
        ...{steps, settings: SETTINGS, checkpoints: SUMS, workloadCode: undefined},
        evaluations: [...new Set(Object.values(steps))].sort((a, b) => a - b).map((step) => measured(rows, step)),
      },
    ],
    said: ['evaluating what reached the target once more, in a process without the code of the submission'],
    doubts: ['it differs'],
  });
});

const reached = evaluations([1, REACHED, REACHED]);

test.each([
  ['has reached none', {rows: evaluations([1, LOW, LOW])}],
  ['does not count anyway', {rows: reached, notOfficial: ['the data']}],
  ['goes on later', {rows: reached, status: 'interrupted'}],
])('nothing is claimed for a run that %s', async (_, run) => {
  expect(await asked(run)).toEqual({claims: [], said: [], doubts: []});
});

test('the best evaluation and the last one are claimed as well, where their checkpoints are kept', async () => {
  const rows = evaluations([1, REACHED, LOW], [5, REACHED + 1, LOW], [9, REACHED, LOW]);
  const claimed = async (checkpoints: number[]) =>
    (await asked({rows, checkpoints})).claims[0]!.evaluations.map(({globalStep}) => globalStep);
  expect(await claimed([1, 5, 9])).toEqual([1, 5, 9]);
  expect(await claimed([1, 9])).toEqual([1, 9]);
  expect(await claimed([1])).toEqual([1]);
});

test('a run that was to stop before does not wait for the answer, either', async () => {
  expect((await asked({rows: reached, signal: AbortSignal.abort()})).doubts).toBeUndefined();
});

test('a run that is to stop does not wait for the answer', async () => {
  const stop = new AbortController();
  const never = new Promise<never>(() => {});
  const open = {
    folder: {path: 'a', notOfficial: []},
    evaluations: reached,
    record: {checkpoints: () => SUMS},
    options: {workload: tinyWorkload, watcher: {info: () => {}}, signal: stop.signal, confirm: () => never},
  } as unknown as OpenRun;
  const doubts = doubtsAbout(open, {status: 'stopped', reason: ''});
  stop.abort();
  expect(await doubts).toBeUndefined();
});

test('a metric that JSON has no number for is claimed as it is, and by the process that measured it', async () => {
  const rows = evaluations([1, REACHED, Number.NaN], [5, REACHED, Number.POSITIVE_INFINITY]);
  const table = `global_step,preemption_count\n1,0\n5,2\n`;
  const {claims} = await asked({rows, checkpoints: [5], table});
  expect(claims[0]!.evaluations).toMatchObject([
    {process: 0, metrics: {[`test/${metric}`]: 'NaN'}},
    {process: 2, metrics: {[`test/${metric}`]: 'Infinity'}},
  ]);
});
