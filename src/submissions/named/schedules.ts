import {z} from 'zod';
import type {DrawnSchedule} from '../../contract/index.js';
import {
  constantDecay,
  cosineDecay,
  joinSchedules,
  linearWarmup,
  polynomialDecay,
  type Schedule,
} from '../../schedules/index.js';
import type {CamelKeys} from '../../support/index.js';
import {share} from '../run-keys.js';

/** A schedule of a whole run, as a submission is made of one. */
export interface SubmissionSchedule<S extends z.ZodObject = z.ZodObject> {
  /** Its own keys among a config's `hyperparameters`, in snake_case; `learning_rate`, the peak, is there besides. */
  readonly hyperparameters: S;
  /** Lays it out over `totalSteps` steps, at least 1. */
  make(
    hyperparameters: CamelKeys<z.output<S>> & {readonly learningRate: number},
    totalSteps: number,
  ): Omit<DrawnSchedule, 'totalSteps'>;
}

/** Infers the types of the hyperparameters from their schema. */
export function submissionSchedule<S extends z.ZodObject>(schedule: SubmissionSchedule<S>): SubmissionSchedule {
  return schedule as unknown as SubmissionSchedule;
}

const warmupFactor = share.describe('Warm-up steps as a share of the run').meta({examples: [0.05]});

/** AlgoPerf's: linear warm-up from 0 over `floor(warmup_factor * H)` steps, then half a cosine to 0 at the run's end. */
export const warmupCosine = submissionSchedule({
  hyperparameters: z.object({warmup_factor: warmupFactor}),
  make: (hyperparameters, totalSteps) =>
    warmedUp({...hyperparameters, totalSteps, label: 'cosine', decay: cosineDecay}),
});

/**
 * AlgoPerf's: linear warm-up from 0 over `W = floor(warmup_factor * H)` steps, then a straight line to `end_factor` of the peak over
 * `floor((H - W) * decay_steps_factor)` steps, and that rate to the end.
 */
export const warmupLinear = submissionSchedule({
  hyperparameters: z.object({
    warmup_factor: warmupFactor,
    decay_steps_factor: z
      .number()
      .gt(0)
      .max(1)
      .describe('Share of the steps after the warm-up over which the rate falls')
      .meta({examples: [0.9]}),
    end_factor: share.describe('The last rate as a share of the peak').meta({examples: [0.001]}),
  }),
  make: ({decayStepsFactor, endFactor, ...hyperparameters}, totalSteps) =>
    warmedUp({
      ...hyperparameters,
      totalSteps,
      label: 'linear',
      decay: (options) => polynomialDecay({...options, decayStepsFactor, endFactor}),
    }),
});

/** Linear warm-up from 0 over `floor(warmup_factor * H)` steps, then the peak to the end. */
export const warmupConstant = submissionSchedule({
  hyperparameters: z.object({warmup_factor: warmupFactor}),
  make: (hyperparameters, totalSteps) =>
    warmedUp({...hyperparameters, totalSteps, label: 'constant', decay: constantDecay}),
});

interface WarmedUp {
  readonly learningRate: number;
  readonly warmupFactor: number;
  readonly totalSteps: number;
  /** The decay in words. */
  readonly label: string;
  readonly decay: (options: {peak: number; cycleSteps: number; warmupSteps: number}) => Schedule;
}

function warmedUp({learningRate: peak, warmupFactor, totalSteps, label, decay}: WarmedUp) {
  const warmupSteps = Math.floor(warmupFactor * totalSteps);
  const parts = [linearWarmup({peak, warmupSteps}), decay({peak, cycleSteps: totalSteps, warmupSteps})];
  return {
    learningRate: joinSchedules(parts, [warmupSteps]),
    cycles: [{start: 0, end: totalSteps, label: `linear + ${label}`}],
    turns: [0, warmupSteps],
  };
}
