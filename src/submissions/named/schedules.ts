import {z} from 'zod';
import type {ConfigProblem, DrawnSchedule} from '../../contract/index.js';
import {
  builtInShapes,
  type DecayOptions,
  decays,
  joinSchedules,
  linearWarmup,
  polynomialDecay,
  risingDecays,
  type Schedule,
  type ShapeOptions,
  type WarmupOptions,
  warmups,
} from '../../schedules/index.js';
import type {CamelKeys} from '../../support/index.js';
import {share} from '../run-keys.js';
import {decayOptionsSchema, shapeOptionProblems, warmupOptionsSchema} from '../shape-keys.js';

/** A schedule of a whole run, as a submission is made of one. */
export interface SubmissionSchedule<S extends z.ZodObject = z.ZodObject, K extends z.ZodObject = z.ZodObject> {
  /** Its own keys among a config's `hyperparameters`, in snake_case; `learning_rate`, the peak, comes in addition. */
  readonly hyperparameters: S;
  /** Its own keys among those of `schedule`. */
  readonly keys: K;
  /** Lays it out over `totalSteps` steps, at least 1. */
  make(
    hyperparameters: CamelKeys<z.output<S>> & {readonly learningRate: number},
    layout: CamelKeys<z.output<K>> & {readonly totalSteps: number},
  ): Omit<DrawnSchedule, 'totalSteps'>;
  /** What is wrong with hyperparameters that the schema let through: by key, in snake_case. */
  hyperparameterProblems?(
    hyperparameters: CamelKeys<z.output<S>>,
  ): readonly {readonly key: keyof z.output<S> & string; readonly message: string}[];
  /** What is wrong with keys that the schema let through. */
  problems?(keys: Partial<CamelKeys<z.output<K>>>): readonly ConfigProblem[];
}

/** Infers the types of the keys from their schemas. */
export function submissionSchedule<S extends z.ZodObject, K extends z.ZodObject>(
  schedule: SubmissionSchedule<S, K>,
): SubmissionSchedule {
  return schedule as unknown as SubmissionSchedule;
}

export const warmupFactor = share.describe('Warm-up steps as a share of the run').meta({examples: [0.05]});

type Names<T> = [keyof T & string, ...(keyof T & string)[]];

/**
 * A warm-up of `floor(warmup_factor * H)` steps and a decay over the others, `H` the run's steps. A config may have other shapes in
 * their places, and give them options.
 * @param decay - the decay where the config names none
 */
export function warmupAndDecay(decay: keyof typeof decays): SubmissionSchedule {
  return submissionSchedule({
    hyperparameters: z.object({warmup_factor: warmupFactor}),
    keys: z.object({
      warmup_schedule_fn: z.enum(Object.keys(warmups) as Names<typeof warmups>).default('linear'),
      decay_schedule_fn: z.enum(Object.keys(decays) as Names<typeof decays>).default(decay),
      warmup_options: warmupOptionsSchema.prefault({}),
      decay_options: decayOptionsSchema.prefault({}),
    }),
    make: (hyperparameters, layout) =>
      warmedUp({...hyperparameters, ...shapesOf(layout), totalSteps: layout.totalSteps}),
    problems: ({warmupScheduleFn, decayScheduleFn, warmupOptions, decayOptions}) => [
      ...problemsOf('warmup', warmupScheduleFn, warmupOptions),
      ...problemsOf('decay', decayScheduleFn, decayOptions),
    ],
  });
}

function problemsOf(kind: 'warmup' | 'decay', name = '', options?: object): ConfigProblem[] {
  return shapeOptionProblems({kind, name, options: options as ShapeOptions, path: ['schedule', `${kind}_options`]});
}

/** AlgoPerf's: linear warm-up from 0 over `floor(warmup_factor * H)` steps, then half a cosine to 0 at the run's end. */
export const warmupCosine = warmupAndDecay('cosine');

/** Linear warm-up from 0 over `floor(warmup_factor * H)` steps, then the peak to the end. */
export const warmupConstant = warmupAndDecay('constant');

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
  keys: z.object({}),
  make: ({decayStepsFactor, endFactor, ...hyperparameters}, {totalSteps}) =>
    warmedUp({
      ...{...hyperparameters, totalSteps, label: 'linear + linear', isRising: false, warmup: linearWarmup},
      decay: (options) => polynomialDecay({...options, power: 1, decayStepsFactor, endFactor}),
    }),
});

interface ChosenShapes {
  readonly warmupScheduleFn: keyof typeof warmups;
  readonly decayScheduleFn: keyof typeof decays;
  readonly warmupOptions: object;
  readonly decayOptions: object;
}

/** The shapes that a config chooses, with their options. */
function shapesOf({warmupScheduleFn, decayScheduleFn, warmupOptions, decayOptions}: ChosenShapes) {
  const isWithout = warmupScheduleFn === 'none';
  return {
    label: `${warmupScheduleFn} + ${decayScheduleFn}`,
    isRising: risingDecays.includes(decayScheduleFn),
    ...(isWithout && {warmupFactor: 0}),
    warmup: (options: WarmupOptions) => builtInShapes.warmups[warmupScheduleFn]!({...warmupOptions, ...options}),
    decay: (options: DecayOptions) => builtInShapes.decays[decayScheduleFn]!({...decayOptions, ...options}),
  };
}

interface WarmedUp {
  readonly learningRate: number;
  readonly warmupFactor: number;
  readonly totalSteps: number;
  /** The shapes in words. */
  readonly label: string;
  /** Whether the decay also rises. */
  readonly isRising: boolean;
  readonly warmup: (options: WarmupOptions) => Schedule;
  readonly decay: (options: DecayOptions) => Schedule;
}

function warmedUp(options: WarmedUp): Omit<DrawnSchedule, 'totalSteps'> {
  const {learningRate: peak, warmupFactor, totalSteps, label, isRising, warmup, decay} = options;
  const warmupSteps = Math.floor(warmupFactor * totalSteps);
  const parts = [warmup({peak, warmupSteps}), decay({peak, cycleSteps: totalSteps, warmupSteps})];
  return {
    learningRate: joinSchedules(parts, [warmupSteps]),
    cycles: [{start: 0, end: totalSteps, label}],
    ...(!isRising && {turns: [0, warmupSteps]}),
  };
}
