import {z} from 'zod';
import type {ConfigProblem, Workload} from '../contract/index.js';
import {count, countOfSteps} from '../support/index.js';

/** Keys of a config that the built-in submissions share, and what is done with them. */

/** Longer runs cannot be drawn in reasonable time, and are surely a mistake. */
export const MOST_STEPS = 1e8;

/** As AlgoPerf's JAX baselines. */
const LOGGED_STEPS = 100;

/** A share of a whole. */
export const share = z.number().min(0).max(1);

/** What a training step takes in addition to the optimizer: keys among `hyperparameters`. */
export const stepShape = Object.freeze({
  dropout_rate: z.number().min(0).lt(1).optional().describe("Dropout of the workload's model, where it has any"),
  label_smoothing: z.number().min(0).lt(1).optional().describe('Share of every target that is spread over all classes'),
  grad_clip: z.number().gt(0).optional().describe('Largest global norm of the gradients'),
});

/** How long a run is: keys of `schedule`. */
export const lengthShape = Object.freeze({
  budget_steps: z.int().min(1).max(MOST_STEPS).optional().describe('Steps of the whole run'),
  budget_step_hints: z
    .number()
    .gt(0)
    .optional()
    .describe("Steps of the whole run as a multiple of the workload's step hint; 1 if neither is given"),
});

/** The keys of `logging`. */
export const loggingSchema = z
  .strictObject({
    every_steps: z
      .int()
      .min(1)
      .default(LOGGED_STEPS)
      .describe('Steps from one row of measurements.csv (loss, norm of the gradients) to the next'),
  })
  .prefault({});

/** The same as code speaks of it. */
export interface RunLength {
  readonly budgetSteps?: number;
  readonly budgetStepHints?: number;
}

/** Steps of the whole run: as given, or the rounded multiple of the workload's step hint (1 by default). */
export function budgetStepsOf({budgetSteps, budgetStepHints = 1}: RunLength, workload: Workload): number {
  return budgetSteps ?? Math.round(budgetStepHints * workload.budget.stepHint);
}

/** What is wrong with a run's length that the schema let through. */
export function lengthProblems(length: RunLength, workload: Workload): ConfigProblem[] {
  const path = ['schedule', 'budget_step_hints'];
  if (length.budgetSteps !== undefined && length.budgetStepHints !== undefined) {
    const message = 'give either this or budget_steps, not both (--set schedule.budget_step_hints=null takes this out)';
    return [{path, message}];
  }
  const steps = budgetStepsOf(length, workload);
  if (steps <= MOST_STEPS) return [];
  return [{path, message: `the run would have ${countOfSteps(steps)}; at most ${count(MOST_STEPS)} are allowed`}];
}
