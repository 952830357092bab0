import {expect, test} from 'vitest';
import type {Submission} from '../../src/contract/index.js';
import {runTrial, startClock, type Trial} from '../../src/training/index.js';
import {fakeProgram, fakeRecorder, tinyWorkload} from '../helpers/fakes.js';

/** How long one step works, once it is made. */
const STEP_MILLISECONDS = 5;

const submission: Submission = {
  getBatchSize: () => 1,
  initOptimizerState: () => ({init: {}, entries: {}, save: () => null}),
  updateParams: ({program}) => void program.run('step', {}),
  dataSelection: ({inputQueue}) => inputQueue.next(),
};

test('steps that the program put off are on the clock of the submission, before an evaluation looks at them', async () => {
  let waiting = 0;
  const seen: {waiting: number; submission: number}[] = [];
  const program = {
    ...fakeProgram(tinyWorkload.initModel([0, 1]) as never),
    run: () => {
      waiting += 1;
      return undefined as never;
    },
    flush() {
      const end = performance.now() + waiting * STEP_MILLISECONDS;
      while (performance.now() < end);
      waiting = 0;
    },
  };
  const clock = startClock();
  const trial: Trial = {
    workload: tinyWorkload,
    submission,
    config: {},
    rules: {evalEverySteps: 4, stopAtTarget: true, budgetSeconds: undefined, maxGlobalSteps: 10},
    program,
    optimizerState: {init: {}, entries: {}, save: () => null},
    inputQueue: {batchSize: 1, position: 0, next: () => ({})},
    stepKey: [0, 2],
    evaluate: () => {
      seen.push({waiting, submission: clock.read().submission});
      return {};
    },
    clock,
    record: {recorder: fakeRecorder(), flush: async () => {}, evaluation: async () => {}, checkpoint: async () => {}},
    watcher: {event: () => {}, progress: () => {}},
    signal: new AbortController().signal,
    now: {
      globalStep: 0,
      evaluations: [],
      trainingComplete: false,
      lastEvaluationAt: undefined,
      loss: undefined,
      rate: undefined,
    },
  };
  await runTrial(trial);
  expect(seen.map((each) => each.waiting)).toEqual([0, 0, 0, 0]);
  [1, 4, 8, 10].forEach((steps, i) => {
    expect(seen[i]!.submission).toBeGreaterThanOrEqual((steps * STEP_MILLISECONDS) / 1000);
  });
});
