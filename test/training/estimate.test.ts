import {beforeAll, expect, test, vi} from 'vitest';
import type {Submission} from '../../src/contract/index.js';
import {arraySource} from '../../src/data/index.js';
import {openEngine, tf} from '../../src/engine/index.js';
import {mean} from '../../src/metrics/index.js';
import {DivergedError} from '../../src/support/index.js';
import {estimateRun} from '../../src/training/estimate.js';
import type {ProgressView} from '../../src/training/trial-types.js';
import {tinyWorkload} from '../helpers/fakes.js';
import {submission as plain} from '../helpers/trial.js';

/** Milliseconds of a clock that moves by what takes time alone. */
const time = vi.hoisted(() => ({now: 0}));
vi.mock('../../src/training/clock.js', async (original) => {
  const module = await original<typeof import('../../src/training/clock.js')>();
  return {
    ...module,
    monotonic: () => time.now,
    startClock: (before: Parameters<typeof module.startClock>[0]) => module.startClock(before, () => time.now),
  };
});

beforeAll(() => openEngine('wasm'));

const examples = (size: number) =>
  arraySource({number: {shape: [size], dtype: 'float32', data: new Float32Array(size)}});

const FIRST_STEP = 5000;
const EVALUATION = 60;

/** What is estimated of a run whose steps take so many milliseconds, and whose first one takes five seconds. */
async function estimated(change: {step?: number; options?: object; own?: Partial<Submission>} = {}) {
  time.now = 1e6;
  const calls: number[] = [];
  const said: string[] = [];
  const views: ProgressView[] = [];
  const submission: Submission = {
    ...plain,
    initOptimizerState: () => ({init: {}, entries: {}, save: () => null, totalSteps: 4000}),
    updateParams({globalStep}) {
      calls.push(globalStep);
      time.now += globalStep === 0 ? FIRST_STEP : (change.step ?? 10);
    },
    ...change.own,
  };
  const workload = {
    ...tinyWorkload,
    evaluation: {
      entries: {sums: () => ({total: tf.scalar(1)})},
      metrics: [mean('total')],
      evaluateBatch: async () => {
        time.now += EVALUATION / 3;
        return {total: 1};
      },
    },
  };
  const say = (name: string) => () => void said.push(name);
  const options = {
    ...{workload, submission, signal: new AbortController().signal, judge: say('judge')},
    loaded: {config: {evaluation: {everySteps: undefined, stopAtTarget: false}}},
    watcher: {progress: (view: ProgressView) => void views.push(view), event: say('event')},
    ...change.options,
  };
  const dataset = {train: examples(10), validation: examples(10), test: examples(10), source: 'here'};
  const runtime = {workload, dataset, engineChange: () => undefined, engine: {}, dataSha256: ''};
  const estimate = await estimateRun(runtime as never, options as never);
  return {estimate, calls, said, views};
}

test('an estimate is of the steps after the first, in three seconds', async () => {
  const {estimate, calls, said, views} = await estimated();
  expect(estimate).toMatchObject({
    ...{timedSteps: 301, totalSteps: 4000, budgetSeconds: 60, scheduleSeconds: expect.closeTo(40, 9)},
    ...{stepSeconds: expect.closeTo(0.01, 12), evaluationSeconds: expect.closeTo(EVALUATION / 1000, 12)},
  });
  expect(calls).toHaveLength(302);
  expect(said).toEqual([]);
  expect(views.some(({evaluated}) => evaluated !== undefined)).toBe(true);
  for (const {budgetSeconds, totalSteps} of views) expect([budgetSeconds, totalSteps]).toEqual([undefined, undefined]);
});

test('an estimate is of 500 steps at most, whatever limits and judges the run has', async () => {
  const limits = {maxRuntime: 4, evaluation: {everySteps: 100, stopAtTarget: true}};
  const {estimate, calls, said} = await estimated({
    step: 4,
    options: {maxRuntime: limits.maxRuntime, loaded: {config: {evaluation: limits.evaluation}}},
  });
  // Evaluated after the steps 1, 100, 200, 300, 400 and 500.
  expect(estimate).toMatchObject({
    ...{timedSteps: 500, budgetSeconds: 4, evaluationSeconds: expect.closeTo(EVALUATION / 1000, 12)},
    stepSeconds: expect.closeTo(0.004, 12),
  });
  expect([calls.length, said]).toEqual([501, []]);
});

test.each([
  [{}, 4000, 60],
  [{maxGlobalSteps: 700}, 700, 60],
  [{maxGlobalSteps: 9000}, 4000, 60],
  [{tuning: {ruleset: 'self'}}, 4000, 90],
  [{maxRuntime: 5}, 4000, 5],
])('an estimate of a run with %j is of %i steps and %i s', async (options, totalSteps, budgetSeconds) => {
  expect((await estimated({options})).estimate).toMatchObject({totalSteps, budgetSeconds});
});

test('a run that does not say how long it is may still be limited', async () => {
  const own = {initOptimizerState: () => ({init: {}, entries: {}, save: () => null})};
  expect((await estimated({own})).estimate).toMatchObject({totalSteps: null, fits: null});
  expect((await estimated({own, options: {maxGlobalSteps: 700}})).estimate).toMatchObject({
    totalSteps: 700,
    fits: true,
  });
});

test('evaluations by steps have no budget that ends the run', async () => {
  const seconds = async (evaluation: object) => {
    const {estimate} = await estimated({step: 100, options: {loaded: {config: {evaluation}}}});
    return estimate.wallSeconds - estimate.evaluations * estimate.evaluationSeconds;
  };
  // 4000 steps of 0.1 s, of which 60 s have room in the budget.
  expect(await seconds({everySteps: 2000, stopAtTarget: false})).toBeCloseTo(400, 6);
  expect(await seconds({stopAtTarget: false})).toBeCloseTo(60, 6);
});

test('a submission of one step is timed by that', async () => {
  const own = {
    updateParams() {
      time.now += FIRST_STEP;
      return {trainingComplete: true};
    },
  };
  expect((await estimated({own})).estimate).toMatchObject({timedSteps: 0, stepSeconds: FIRST_STEP / 1000});
});

test('a run that diverges at once, or is interrupted, can not be estimated', async () => {
  const diverging = () => {
    throw new DivergedError('the loss is NaN');
  };
  await expect(estimated({own: {updateParams: diverging}})).rejects.toThrow(
    '--estimate: the loss is NaN, so there is nothing to go by',
  );
  const stop = new AbortController();
  const own = {
    updateParams({globalStep}: {globalStep: number}) {
      time.now += 200;
      if (globalStep === 2) stop.abort();
      return {};
    },
  };
  await expect(estimated({own, options: {signal: stop.signal}})).rejects.toThrow(
    '--estimate: interrupted after step 3, so there is nothing to go by',
  );
});

test("the seed of an estimate is the run's", async () => {
  const keys: unknown[] = [];
  const own: Partial<Submission> = {
    initOptimizerState({key, recorder}) {
      keys.push(key);
      expect(recorder.schedule({learningRate: () => 0.5, totalSteps: 9, cycles: []})).toBe(0);
      return {init: {}, entries: {}, save: () => null};
    },
    updateParams: () => ({trainingComplete: true}),
  };
  for (const options of [{rngSeed: 7}, {rngSeed: 0}, {}]) await estimated({own, options});
  expect(keys[1]).toEqual(keys[2]);
  expect(keys[0]).not.toEqual(keys[1]);
});
