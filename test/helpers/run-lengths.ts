import type {RunLength} from '../../src/training/index.js';

/** Seconds of a step and of an evaluation. */
export const speed = {stepSeconds: 0.01, evaluationSeconds: 2};

/** A schedule of 50 s at that speed, in a budget of 60 s. */
export const length: RunLength = {
  totalSteps: 5000,
  budgetSeconds: 60,
  isLimited: true,
  evalEverySteps: undefined,
  evalEverySeconds: 10,
};
