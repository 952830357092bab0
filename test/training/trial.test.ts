import {setImmediate} from 'node:timers/promises';
import {describe, expect, test} from 'vitest';
import type {Submission} from '../../src/contract/index.js';
import {runTrial, startClock, type Trial} from '../../src/training/index.js';
import {fakeProgram, fakeRecorder, tinyWorkload} from '../helpers/fakes.js';
import {clockOf, rules, submission, trialWith} from '../helpers/trial.js';

/** How long one step works, once it is made. */
const STEP_MILLISECONDS = 5;

test('what save and describe put off, and a length that is computed, are on the clock of the submission', async () => {
  const time = {now: 0};
  const later = async (): Promise<void> => {
    for (let i = 0; i < 9; i++) await null;
    time.now += 1000;
  };
  const optimizerState = {
    init: {},
    entries: {},
    save() {
      void later();
      return null;
    },
    describe() {
      void later();
      return '';
    },
    get totalSteps() {
      time.now += 1000;
      return 9;
    },
  };
  const trial = trialWith({clock: clockOf(time), optimizerState, rules: {...rules, evalEverySteps: 1}});
  const updateParams: Submission['updateParams'] = ({globalStep}) => ({trainingComplete: globalStep === 0});
  trial.progress.yieldedAt = Number.NEGATIVE_INFINITY;
  await runTrial({...trial, submission: {...submission, updateParams}});
  // Once before a checkpoint, and for the progress line both.
  expect(time.now).toBeGreaterThanOrEqual(3000);
  expect(trial.clock.read()).toMatchObject({submission: time.now / 1000, evaluation: 0, logging: 0});
});

test('deferred steps are on the clock of the submission, before an evaluation', async () => {
  const time = {now: 0};
  let waiting = 0;
  const seen: {waiting: number; submission: number}[] = [];
  const program = {
    ...fakeProgram(tinyWorkload.initModel([0, 1]) as never),
    run: () => {
      waiting += 1;
      return undefined as never;
    },
    flush() {
      time.now += waiting * STEP_MILLISECONDS;
      waiting = 0;
    },
  };
  const clock = clockOf(time);
  const evaluate = async () => {
    seen.push({waiting, submission: clock.read().submission});
    return {};
  };
  await runTrial(trialWith({program, clock, evaluate, rules: {...rules, evalEverySteps: 4, maxGlobalSteps: 10}}));
  expect(seen.map((each) => each.waiting)).toEqual([0, 0, 0, 0]);
  expect(seen.map(({submission}) => submission * 1000)).toEqual(
    [1, 4, 8, 10].map((steps) => steps * STEP_MILLISECONDS),
  );
});

describe('a run interrupted in an evaluation', () => {
  const everyTwo = {...rules, evalEverySteps: 2, maxGlobalSteps: 4};

  /** An evaluation of ten batches, in whose fifth the user asks to stop where it is the one to do so. */
  function evaluatorStoppedAt(isStopped: () => boolean, stop: AbortController): Trial['evaluate'] {
    return async (shouldContinue) => {
      for (let batch = 0; batch < 10; batch++) {
        if (batch === 5 && isStopped()) stop.abort();
        if (!(await shouldContinue!(batch / 10))) return undefined;
      }
      return {};
    };
  }

  test('gives it up, and leaves a checkpoint of the step; continuing begins with it', async () => {
    const stop = new AbortController();
    const saved: number[] = [];
    const record = {
      ...trialWith({}).record,
      checkpoint: async (_: unknown, {globalStep}: {globalStep: number}) => void saved.push(globalStep),
    };
    const trial = trialWith({rules: everyTwo, record, signal: stop.signal});
    const evaluate = evaluatorStoppedAt(() => trial.progress.globalStep === 2, stop);
    expect(await runTrial({...trial, evaluate})).toEqual({
      status: 'interrupted',
      reason: 'interrupted in the evaluation after step 2',
    });
    const steps = () => trial.progress.evaluations.map(({globalStep}) => globalStep);
    expect([saved, steps()]).toEqual([[1, 2], [1]]);
    expect((await runTrial({...trial, signal: new AbortController().signal})).status).toBe('stopped');
    expect(steps()).toEqual([1, 2, 4]);
  });

  test('after the last step continues with that evaluation, too', async () => {
    const stop = new AbortController();
    const ending: Submission = {...submission, updateParams: () => ({trainingComplete: true})};
    const trial = trialWith({submission: ending, signal: stop.signal});
    expect((await runTrial({...trial, evaluate: evaluatorStoppedAt(() => true, stop)})).status).toBe('interrupted');
    const finite = async () => ({'validation/loss': 1, 'validation/accuracy': 0.1});
    const again = {...trial, evaluate: finite, signal: new AbortController().signal};
    expect((await runTrial(again)).status).toBe('budget_spent');
    expect(trial.progress.evaluations.map(({globalStep}) => globalStep)).toEqual([1]);
  });

  test('shows how far it is', async () => {
    const shares: (number | undefined)[] = [];
    const time = {now: 0};
    const trial = trialWith({
      clock: clockOf(time),
      rules: {...everyTwo, maxGlobalSteps: 1},
      watcher: {event: () => {}, progress: ({evaluated}) => void shares.push(evaluated)},
    });
    const evaluate: Trial['evaluate'] = async (shouldContinue) => {
      for (const [share, milliseconds] of [
        [0, 101],
        [0.25, 100],
        [0.5, 1],
        [0.75, 101],
      ] as const) {
        time.now += milliseconds;
        await shouldContinue!(share);
      }
      return {};
    };
    await runTrial({...trial, evaluate});
    expect(shares).toEqual([0, 0.5, 0.75]);
  });
});

describe('a validation loss that is not finite', () => {
  const ofSteps = (steps: number): Submission => ({
    ...submission,
    updateParams: ({globalStep}) => ({trainingComplete: globalStep + 1 === steps}),
  });
  const metrics = (loss: number) => ({'validation/loss': loss, 'validation/accuracy': 0.1, 'test/accuracy': 0.1});

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'after the last step (%d) is reported as diverged',
    async (loss) => {
      const losses = [2, loss];
      const evaluate = async () => metrics(losses.shift()!);
      expect(await runTrial(trialWith({submission: ofSteps(5), evaluate}))).toEqual({
        status: 'diverged',
        reason: 'the validation loss is NaN or infinite after the last step',
      });
    },
  );

  test('is none where the metric alone is NaN', async () => {
    const evaluate = async () => ({...metrics(2), 'validation/accuracy': Number.NaN});
    expect(await runTrial(trialWith({submission: ofSteps(5), evaluate}))).toEqual({
      status: 'budget_spent',
      reason: 'training complete',
    });
  });

  test('that came back is not', async () => {
    const losses = [Number.NaN, 2];
    const evaluate = async () => metrics(losses.shift()!);
    expect((await runTrial(trialWith({submission: ofSteps(5), evaluate}))).status).toBe('budget_spent');
  });
});

test('waiting for a batch that is still being read is on the clock of the submission', async () => {
  const time = {now: 0};
  const batch = {x: {shape: [1], dtype: 'float32', data: new Float32Array(1)}} as const;
  const seen: unknown[] = [];
  const clock = clockOf(time);
  const trial = trialWith({
    clock,
    inputQueue: {
      batchSize: 1,
      position: 0,
      async next() {
        await setImmediate();
        time.now += 20;
        return batch;
      },
    },
    submission: {...submission, updateParams: (context) => void seen.push(context.batch)},
    rules: {...rules, maxGlobalSteps: 3},
  });
  await runTrial(trial);
  expect(seen).toEqual([batch, batch, batch]);
  expect(clock.read().submission).toBeCloseTo(0.06, 12);
});

/** A clock on which each use of the submission's time takes `seconds`, and nothing else takes any. */
function clockOfSteps(seconds: number): Trial['clock'] {
  const real = startClock();
  let submission = 0;
  return {
    ...real,
    async time(activity, work) {
      if (activity === 'submission') submission += seconds;
      return work();
    },
    read: () => ({submission, evaluation: 0, logging: 0, total: submission}),
  };
}

describe('the budget on the clock of the submission', () => {
  /** Steps that a run makes, each of 1 s, and where it was evaluated. */
  async function stepsWithin(budgetSeconds: number, evalEverySteps = 1000) {
    const evaluated: number[] = [];
    const trial = trialWith({clock: clockOfSteps(1), rules: {...rules, budgetSeconds, evalEverySteps}});
    const evaluate = async () => {
      evaluated.push(trial.progress.globalStep);
      return {'validation/accuracy': 0, 'validation/loss': 1};
    };
    // No turn of events comes between the steps, however slow the machine.
    trial.progress.yieldedAt = Number.POSITIVE_INFINITY;
    Object.assign(trial, {evaluate, program: {...trial.program, flush: () => {}}});
    const ending = await runTrial(trial);
    return {steps: trial.progress.globalStep, evaluated, ending};
  }

  test('ends the run at the step that reaches it, and not a step later', async () => {
    const {steps, ending} = await stepsWithin(20);
    expect(ending).toEqual({status: 'budget_spent', reason: "the submission's 20 seconds are spent"});
    const more = await stepsWithin(21);
    expect(more.steps).toBe(steps + 1);
    expect((await stepsWithin(40)).steps).toBe(steps + 20);
  });

  test('a run that is out of time is not evaluated any more', async () => {
    const {steps, evaluated} = await stepsWithin(10, 1);
    expect(evaluated.at(-1)).toBeLessThan(steps);
  });
});

describe('the clocks of a run', () => {
  /** Seconds that each of a trial's parts takes. */
  const SECONDS = {
    select: 1,
    update: 2,
    prepare: 5,
    evaluate: 70,
    flush: 0.5,
    log: 11,
    checkpoint: 13,
    progress: 0.125,
  };

  /** A trial on a clock that only moves as its parts say. */
  function timedTrial(change: Partial<Trial>): Trial {
    let milliseconds = 1e6;
    const take = (part: keyof typeof SECONDS): void => {
      milliseconds += 1000 * SECONDS[part];
    };
    const slow: Submission = {
      ...submission,
      dataSelection(context) {
        take('select');
        return context.inputQueue.next();
      },
      updateParams() {
        take('update');
        return undefined;
      },
      prepareForEval: () => take('prepare'),
    };
    return trialWith({
      submission: slow,
      clock: startClock(undefined, () => milliseconds),
      async evaluate() {
        take('evaluate');
        return {'validation/accuracy': 0, 'validation/loss': 1};
      },
      record: {
        recorder: fakeRecorder(),
        event: () => {},
        flush: async () => take('flush'),
        evaluation: async () => take('log'),
        checkpoint: async () => take('checkpoint'),
      },
      watcher: {event: () => {}, progress: () => take('progress')},
      ...change,
    });
  }

  test('share the wall time out among them, with a slow logger and a slow evaluation', async () => {
    let looks = 0;
    const trial = timedTrial({rules: {...rules, evalEverySteps: 4, maxGlobalSteps: 8}});
    const progress = (view: Parameters<Trial['watcher']['progress']>[0]): void => {
      looks += 1;
      timed.progress(view);
    };
    const timed = trial.watcher;
    await runTrial({...trial, watcher: {...timed, progress}});
    const {total, ...kinds} = trial.clock.read();
    // Evaluated after the steps 1, 4 and 8.
    expect(kinds).toEqual({submission: 8 * 3 + 3 * 5, evaluation: 3 * 70, logging: 8 * 0.5 + 3 * (11 + 13)});
    const rest = looks * SECONDS.progress;
    expect(looks).toBeGreaterThan(0);
    expect(total).toBe(kinds.submission + kinds.evaluation + kinds.logging + rest);
    expect(rest / total).toBeLessThan(0.01);
  });

  test('end the run at the step that crosses the limit, whatever evaluation and logging take', async () => {
    const trial = timedTrial({rules: {...rules, evalEverySteps: 4, budgetSeconds: 20}});
    expect((await runTrial(trial)).status).toBe('budget_spent');
    // 3 s a step and 5 s for each of the two evaluations: the limit falls into step 4.
    expect([trial.progress.globalStep, trial.clock.read().submission]).toEqual([4, 22]);
    expect(trial.progress.evaluations.map(({globalStep}) => globalStep)).toEqual([1]);
  });

  test('say when an evaluation by time is due, from the end of the one before', async () => {
    const {record} = trialWith({});
    const trial = timedTrial({record, rules: {...rules, evalEverySteps: undefined, maxGlobalSteps: 10}});
    await runTrial(trial);
    // A step takes 3 s, and who looks on an eighth: 10 s are over with the fourth.
    expect(trial.progress.evaluations.map(({globalStep}) => globalStep)).toEqual([1, 5, 9, 10]);
  });
});
