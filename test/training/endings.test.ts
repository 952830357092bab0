import {describe, expect, test} from 'vitest';
import type {Submission, UpdateResult} from '../../src/contract/index.js';
import {DivergedError} from '../../src/support/index.js';
import {runTrial, type Trial} from '../../src/training/index.js';
import type {Position, ProgressView} from '../../src/training/trial-types.js';
import {clockOf, rules, submission, trialWith} from '../helpers/trial.js';

type Metrics = {readonly [name: string]: number};
const accuracies = (validation: number, test: number): Metrics => ({
  'validation/accuracy': validation,
  'validation/loss': 1,
  'test/accuracy': test,
});

interface Driven {
  /** What each step gives, by the number of steps before it. */
  readonly update?: (globalStep: number) => UpdateResult;
  /** What each evaluation measures, one after the other; the last one again and again. */
  readonly measured?: readonly Metrics[];
  readonly change?: Partial<Trial>;
  /** The progress that the trial starts from. */
  readonly from?: Partial<Trial['progress']>;
}

/** Runs a trial that is evaluated at every second step. @returns how it ended, and what it left behind */
async function driven({update = () => ({}), measured = [accuracies(0, 0)], change = {}, from = {}}: Driven) {
  const [saved, evaluated, recorded]: [[number, Position, unknown][], number[], number[]] = [[], [], []];
  const own: Submission = {...submission, updateParams: ({globalStep}) => update(globalStep)};
  const base = trialWith({submission: own, rules: {...rules, evalEverySteps: 2, maxGlobalSteps: 6}, ...change});
  const trial: Trial = {
    ...base,
    progress: {...base.progress, ...from},
    async evaluate() {
      evaluated.push(trial.progress.globalStep);
      return measured[Math.min(evaluated.length, measured.length) - 1]!;
    },
    record: {
      ...base.record,
      evaluation: async ({globalStep}) => void recorded.push(globalStep),
      checkpoint: async (_, position, latest) => void saved.push([position.globalStep, position, latest]),
    },
  };
  const ending = await runTrial(trial);
  expect(recorded).toEqual(evaluated);
  return {ending, evaluated, saved, steps: saved.map(([step]) => step), progress: trial.progress};
}

describe('a run that reaches its targets', () => {
  test('ends there, each at some evaluation', async () => {
    const measured = [accuracies(0.7, 0.9), accuracies(0.9, 0.5)];
    const {ending, evaluated, steps} = await driven({measured});
    expect(ending).toEqual({status: 'target_reached', reason: 'validation and test target are reached'});
    expect([evaluated, steps]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  test('has one of validation alone where there is none of test', async () => {
    const {test: _, ...target} = rules.target;
    const {ending} = await driven({measured: [accuracies(0.9, 0)], change: {rules: {...rules, target}}});
    expect(ending).toEqual({status: 'target_reached', reason: 'the validation target is reached'});
  });

  test('trains on where it is to, and says at its end that it was reached', async () => {
    const {ending, evaluated} = await driven({
      measured: [accuracies(0.9, 0.9), accuracies(0, 0)],
      update: (globalStep) => ({trainingComplete: globalStep === 2}),
      change: {rules: {...rules, stopAtTarget: false}},
    });
    expect(ending).toEqual({status: 'target_reached', reason: 'training complete'});
    expect(evaluated).toEqual([1, 3]);
  });
});

test('a run that is complete has spent its budget, and is evaluated and saved once', async () => {
  const {ending, evaluated, steps} = await driven({update: (globalStep) => ({trainingComplete: globalStep === 3})});
  expect(ending).toEqual({status: 'budget_spent', reason: 'training complete'});
  expect([evaluated, steps]).toEqual([
    [1, 2, 4],
    [1, 2, 4],
  ]);
});

describe('a run that is stopped at a step', () => {
  test('is evaluated there, after its checkpoint', async () => {
    const {ending, evaluated, saved} = await driven({change: {rules: {...rules, maxGlobalSteps: 3}}});
    expect(ending).toEqual({status: 'stopped', reason: '--max-global-steps 3 is reached'});
    expect(evaluated).toEqual([1, 3]);
    expect(saved.map(([step, , latest]) => [step, latest !== undefined])).toEqual([
      [1, true],
      [3, false],
    ]);
  });

  test('is evaluated once, and may reach its target there', async () => {
    const every = {...rules, evalEverySteps: 2, maxGlobalSteps: 4};
    expect((await driven({change: {rules: every}})).evaluated).toEqual([1, 2, 4]);
    const measured = [accuracies(0, 0), accuracies(0.9, 0.9)];
    const {ending} = await driven({measured, change: {rules: {...rules, maxGlobalSteps: 3}}});
    expect(ending.status).toBe('target_reached');
  });
});

describe('a step that diverges', () => {
  const diverging = (globalStep: number): UpdateResult => {
    if (globalStep === 3) throw new DivergedError('the loss is infinite');
    return {};
  };

  test('ends the run without another checkpoint', async () => {
    const {ending, progress, steps} = await driven({update: diverging});
    expect(ending).toEqual({status: 'diverged', reason: 'the loss is infinite'});
    expect([progress.globalStep, steps]).toEqual([3, [1, 2]]);
  });

  test('is another matter than one that fails', async () => {
    const failing = () => {
      throw new Error('a fault');
    };
    await expect(driven({update: failing})).rejects.toThrow('a fault');
  });
});

describe('a run that is interrupted', () => {
  test('before its first step leaves nothing', async () => {
    const {ending, evaluated, saved} = await driven({change: {signal: AbortSignal.abort()}});
    expect(ending).toEqual({status: 'interrupted', reason: 'interrupted before the first step'});
    expect([evaluated, saved]).toEqual([[], []]);
  });

  test('leaves a checkpoint of where it is', async () => {
    const stop = new AbortController();
    const time = {now: 0};
    const optimizerState = {init: {}, entries: {}, save: () => ({kept: 7})};
    const {ending, saved} = await driven({
      change: {
        signal: stop.signal,
        clock: clockOf(time),
        optimizerState,
        inputQueue: {batchSize: 1, position: 11, next: () => ({})},
      },
      update(globalStep) {
        time.now += 3000;
        if (globalStep === 4) stop.abort();
        return {};
      },
    });
    expect(ending).toEqual({status: 'interrupted', reason: 'interrupted after step 5'});
    expect(saved.at(-1)).toEqual([
      5,
      {
        globalStep: 5,
        inputPosition: 11,
        times: {submission: 15, evaluation: 0, logging: 0, total: 15},
        sinceEvaluation: 3,
        trainingComplete: false,
        submission: {kept: 7},
      },
      undefined,
    ]);
  });

  test('at a step with an evaluation has that first when it continues', async () => {
    const evaluations = [{globalStep: 2, submissionTime: 1, metrics: accuracies(0, 0)}];
    const at = async (globalStep: number) =>
      (await driven({from: {globalStep, evaluations: [...evaluations]}})).evaluated;
    expect(await at(4)).toEqual([4, 6]);
    expect(await at(3)).toEqual([4, 6]);
    expect(await at(2)).toEqual([4, 6]);
  });
});

test('who looks on sees how far the run is', async () => {
  const views: ProgressView[] = [];
  const time = {now: 0};
  await driven({
    change: {
      clock: clockOf(time),
      optimizerState: {init: {}, entries: {}, save: () => null, totalSteps: 9, describe: (step) => `cycle ${step}`},
      rules: {...rules, evalEverySteps: 2, budgetSeconds: 100},
      watcher: {event: () => {}, progress: (view) => void views.push(view)},
    },
    update(globalStep) {
      time.now += globalStep === 1 ? 100 : 101;
      return {loss: () => globalStep / 2, learningRate: 0.5 * globalStep, trainingComplete: globalStep === 3};
    },
  });
  const ofSteps = views.map(({globalStep, loss, learningRate, note}) => [globalStep, loss, learningRate, note]);
  // Not after step 2, a tenth of a second later.
  expect(ofSteps).toEqual([
    [1, 0, 0, 'cycle 1'],
    [3, 1, 1, 'cycle 3'],
    [4, 1.5, 1.5, 'cycle 4'],
  ]);
  expect(views[1]).toMatchObject({
    totalSteps: 9,
    budgetSeconds: 100,
    latest: {globalStep: 2},
    evaluated: undefined,
    times: {submission: expect.closeTo(0.302, 12)},
  });
});
