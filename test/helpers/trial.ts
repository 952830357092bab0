import type {Submission} from '../../src/contract/index.js';
import {targetRuleOf} from '../../src/metrics/index.js';
import {silentRecord, startClock, type Trial} from '../../src/training/index.js';
import {fakeProgram, fakeRecorder, tinyWorkload} from './fakes.js';

/** A submission of steps that give nothing. */
export const submission: Submission = {
  getBatchSize: () => 1,
  initOptimizerState: () => ({init: {}, entries: {}, save: () => null}),
  updateParams: ({program}) => void program.run('step', {}),
  dataSelection: ({inputQueue}) => inputQueue.next(),
};

/** Evaluated after the first step and the last; the targets end it. */
export const rules: Trial['rules'] = {
  target: targetRuleOf(tinyWorkload),
  evalEverySteps: 1000,
  stopAtTarget: true,
  budgetSeconds: undefined,
  maxGlobalSteps: undefined,
};

/** A clock that shows what it is set to, in milliseconds. */
export const clockOf = (time: {now: number}): Trial['clock'] => startClock(undefined, () => time.now);

/** A trial of steps that do nothing and take no time, with an evaluation that measures nothing. */
export function trialWith(change: Partial<Trial>): Trial {
  return {
    workload: tinyWorkload,
    submission,
    config: {},
    rules,
    program: fakeProgram(tinyWorkload.initModel([0, 1]) as never),
    optimizerState: {init: {}, entries: {}, save: () => null},
    inputQueue: {batchSize: 1, position: 0, next: () => ({})},
    stepKey: [0, 2],
    evaluate: async () => ({}),
    clock: clockOf({now: 0}),
    record: {...silentRecord, recorder: fakeRecorder()},
    watcher: {event: () => {}, progress: () => {}},
    signal: new AbortController().signal,
    progress: {
      globalStep: 0,
      evaluations: [],
      trainingComplete: false,
      lastEvaluationAt: undefined,
      yieldedAt: 0,
      loss: undefined,
      learningRate: undefined,
    },
    ...change,
  };
}
