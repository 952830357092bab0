import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {StepContext, Submission, UpdateContext} from '../../src/contract/index.js';
import {guarded} from '../../src/submissions/guard.js';

const context = {evalResults: [], program: {}, key: [0, 1], clock: {}, batch: {}} as unknown as UpdateContext;
const submission: Submission = {
  getBatchSize: () => 1,
  initOptimizerState: () => ({init: {}, entries: {}, save: () => null}),
  updateParams: () => ({}),
  dataSelection: () => ({}),
};
const guardedWith = (change: Partial<Submission>): Submission =>
  guarded({...submission, ...change}, join(import.meta.dirname, 'guard.test.ts'));

describe('what a function of a submission puts off is done when its call is over', () => {
  const steps: string[] = [];
  const defer = (): undefined => {
    steps.length = 0;
    void (async () => {
      for (let i = 0; i < 50; i++) await null;
      steps.push('promise');
    })();
    process.nextTick(() => steps.push('tick'));
    setImmediate(() => steps.push('immediate'));
  };

  test('in a step', async () => {
    await guardedWith({updateParams: defer}).updateParams(context);
    expect(steps.sort()).toEqual(['immediate', 'promise', 'tick']);
  });

  test('before an evaluation', async () => {
    await guardedWith({prepareForEval: defer}).prepareForEval!(context as StepContext);
    expect(steps.sort()).toEqual(['immediate', 'promise', 'tick']);
  });
});

test('what a step gives is values, so that no getter runs after it', async () => {
  let calls = 0;
  const result = {
    loss() {
      return this.learningRate;
    },
    get learningRate() {
      calls++;
      return 0.5;
    },
    get trainingComplete() {
      calls++;
      return true;
    },
  };
  const given = (await guardedWith({updateParams: () => result}).updateParams(context))!;
  const before = calls;
  expect([given.learningRate, given.trainingComplete]).toEqual([0.5, true]);
  expect(calls).toBe(before);
  expect(given.loss!()).toBe(0.5);
  expect(await guardedWith({updateParams: () => undefined}).updateParams(context)).toBeUndefined();
});
