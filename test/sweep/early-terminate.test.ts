import {appendFileSync, existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {beforeEach, expect, test} from 'vitest';
import {type Lock, runPath, takeLock} from '../../src/runs/index.js';
import {judgeOf} from '../../src/sweep/early-terminate.js';
import {writeSweepRecord} from '../../src/sweep/sweep-record.js';
import {temporaryFolder} from '../helpers/cli.js';

const METRIC = 'validation/loss';
const NAMES = ['a', 'b', 'c', 'd'];
const never = new AbortController().signal;

let dir = '';
beforeEach(() => {
  dir = temporaryFolder();
  mkdirSync(join(dir, 'big', 's'), {recursive: true});
  writeSweepRecord(join(dir, 'big', 's'), {
    file: 'sweep.yaml',
    means: {},
    // The runs of another workload have the same names, and stand among them.
    runs: NAMES.flatMap((name) => [run(name, 'cifar'), run(name)]),
  });
});

function run(name: string, workloadName = 'mnist') {
  return {name, experiment: `big/s/${name}`, workloadName};
}

/** Evaluations in a run's folder. */
function evaluated(name: string, ...losses: (number | string)[]): string {
  const path = runPath(dir, {...run(name), workload: 'mnist', trial: 1});
  const file = join(path, 'eval_measurements.csv');
  mkdirSync(path, {recursive: true});
  if (!existsSync(file)) writeFileSync(file, `global_step,${METRIC}\n`);
  appendFileSync(file, losses.map((loss, i) => `${i},${loss}\n`).join(''));
  return path;
}

function judgeWith(name: string, goal: 'minimize' | 'maximize' = 'minimize') {
  const rule = {minIter: 2, eta: 2, strict: false};
  return judgeOf({...run(name), earlyTerminate: {rule, metric: METRIC, goal}}, dir, {look: 5, patience: 100})!;
}

function evaluationsOf(losses: readonly number[]) {
  return losses.map((loss, globalStep) => ({globalStep, submissionTime: 0, metrics: {[METRIC]: loss}}));
}

/** What a run that has these losses is told. */
function judgement(
  name: string,
  losses: number[],
  {goal, signal = never}: {goal?: 'maximize'; signal?: AbortSignal} = {},
) {
  return judgeWith(name, goal)(evaluationsOf(losses), signal);
}

function end(path: string, status = 'budget_spent'): void {
  const mark = {best: null, timeToTarget: null, times: {submission: 1, evaluation: 1, total: 2}};
  writeFileSync(
    join(path, 'result.json'),
    JSON.stringify({status, reason: '', metric: 'loss', globalStep: 1, ...mark}),
  );
}

test('a run is judged at its brackets alone, beside those before it', async () => {
  evaluated('a', 9, 1);
  evaluated('b', 9, 2);
  evaluated('d', 0, 0, 0, 0);
  expect(await judgement('c', [5])).toBeUndefined();
  expect(await judgement('c', [5, 4, 3])).toBeUndefined();
  expect(await judgement('c', [5, 4])).toEqual({
    isOver: true,
    message: `hyperband, evaluation 2: its best ${METRIC}, 4, is worse than 2, the limit among 3 runs`,
  });
  expect(await judgement('c', [1.5, 4])).toEqual({
    isOver: false,
    message: `hyperband, evaluation 2: its best ${METRIC}, 1.5, is within 2, the limit among 3 runs`,
  });
  expect((await judgement('c', [5, 9], {goal: 'maximize'}))?.message).toMatch(/loss, 9, is within 2,/);
  expect((await judgement('a', [5, 4]))?.message).toContain('is the first to come this far');
});

test('the order of the runs is that of the sweep as it was when a run was first judged', async () => {
  const judge = judgeWith('c');
  evaluated('a', 1, 1);
  end(evaluated('b'), 'failed');
  expect((await judge(evaluationsOf([5, 4]), never))?.message).toContain('among 2 runs');
  writeFileSync(join(dir, 'big', 's', 'sweep.json'), '');
  evaluated('a', 1, 1);
  expect((await judge(evaluationsOf([5, 4, 3, 2]), never))?.message).toContain('evaluation 4');
});

test('values that are not finite are no evaluations', async () => {
  evaluated('a', 1, 'nan', 'inf');
  end(evaluated('b', 2, 2));
  expect(await judgement('c', [Number.NaN, 5])).toBeUndefined();
  expect((await judgement('c', [5, Number.NaN, 4]))?.message).toContain('limit among 2 runs; without 1 earlier run');
});

test('a run before it that is at work is waited for, and one that has come to its end is not', async () => {
  const path = evaluated('a', 9);
  end(evaluated('b', 9));
  const lock: Lock = await takeLock(path);
  const judged = judgement('c', [5, 4]);
  await sleep(200);
  evaluated('a', 3);
  expect((await judged)?.message).toContain('4, is within 4, the limit among 2 runs');
  lock.release();
});

test('a run before it that ends without the evaluation is waited for until then', async () => {
  const path = evaluated('a', 9);
  end(evaluated('b'), 'failed');
  const lock: Lock = await takeLock(path);
  const judged = judgement('c', [5, 4]);
  await sleep(50);
  end(path);
  lock.release();
  expect((await judged)?.message).toMatch(/is the first to come this far$/);
});

test('a run that no process is at work in is waited for with patience, and said to be missing', async () => {
  evaluated('a', 9);
  const begun = performance.now();
  expect((await judgement('c', [5, 4]))?.message).toContain('without 2 earlier runs that no process was at work in');
  expect(performance.now() - begun).toBeGreaterThan(99);
});

test('a signal ends the waiting without a judgement', async () => {
  const lock = await takeLock(evaluated('a', 9));
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 20);
  expect(await judgement('b', [5, 4], {signal: stop.signal})).toBeUndefined();
  lock.release();
});
