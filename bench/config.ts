import {timedOptimizers} from './optimizers.js';

/** Longer than any bench: the schedule's end is never reached. */
export const BUDGET_STEPS = 1e8;

/** A config of the cyclic submission, as it is given one. @param optimizer - one of `timedOptimizers` */
export function configOf(optimizer: string) {
  return {
    hyperparameters: {...timedOptimizers[optimizer]!, learningRate: 0.001, warmupFactor: 0.02},
    schedule: {
      warmupScheduleFns: ['linear'],
      decayScheduleFns: ['cosine'],
      alterDecays: [0],
      alterWarmups: [0],
      budgetSteps: BUDGET_STEPS,
    },
    reset: {method: 'none', alpha: 0.5},
    earlyStopping: {enabled: false, epsilon: 0.1, epsilon2: 0.01, recoveryTime: 9, smoothing: 0.5},
    logging: {everySteps: 100},
  };
}
