import {z} from 'zod';
import type {ConfigProblem, Workload} from '../../contract/index.js';
import {optimizers} from '../../optimizers/index.js';
import {type CycleSpec, decays, problemsOf, warmups} from '../../schedules/index.js';
import {count, countOfSteps} from '../../support/index.js';
import {type OptimizerHyperparameters, optimizerProblems} from './optimizer.js';

/** Names as a tuple, which zod's enumerations want. */
function namesOf<T extends string>(registry: Record<T, unknown>): [T, ...T[]] {
  return Object.keys(registry) as [T, ...T[]];
}

/** Longer runs can neither be drawn in reasonable time nor are they meant. */
const MOST_STEPS = 1e8;

/** A checkpoint holds all of them, and each reset writes one. */
const MOST_CYCLES = 10_000;

/** As AlgoPerf's JAX baselines. */
const LOGGED_STEPS = 100;

const share = z.number().min(0).max(1);

/** The keys of a config that are the cyclic submission's own. */
export const configSchema = z.strictObject({
  hyperparameters: z.strictObject({
    optimizer: z.enum(namesOf(optimizers)).default('adamw').describe('How gradients become updates'),
    learning_rate: z
      .number()
      .describe('Base rate; alter_decays is added to it, cycle by cycle')
      .meta({examples: [0.003]}),
    one_minus_beta1: z
      .number()
      .gt(0)
      .max(1)
      .describe('1 minus the decay of the first moment; for sgd 1 minus the momentum')
      .meta({examples: [0.067]}),
    beta2: z
      .number()
      .min(0)
      .lt(1)
      .optional()
      .describe('Decay of the second moment: required but for sgd, which has none')
      .meta({examples: [0.995]}),
    nesterov: z.boolean().optional().describe("For sgd: Nesterov's momentum; false if it is left out"),
    weight_decay: z
      .number()
      .min(0)
      .describe('Decoupled weight decay, times the rate taken from the parameters; for sgd an L2 penalty')
      .meta({examples: [0.08]}),
    decays_kernels_only: z
      .boolean()
      .optional()
      .describe('For sgd: no weight decay of biases and scales; false if it is left out'),
    warmup_factor: share
      .describe("Warm-up steps as a share of a cycle's length; alter_warmups is added to it")
      .meta({examples: [0.02]}),
    dropout_rate: z.number().min(0).lt(1).optional().describe("Dropout of the workload's model, where it has any"),
    label_smoothing: z
      .number()
      .min(0)
      .lt(1)
      .optional()
      .describe('Share of every target that is spread over all classes'),
    grad_clip: z.number().gt(0).optional().describe('Largest global norm of the gradients'),
  }),
  schedule: z
    .strictObject({
      warmup_schedule_fns: z
        .array(z.enum(namesOf(warmups)))
        .describe('Warm-up of each cycle')
        .meta({examples: [['linear', 'linear']]}),
      decay_schedule_fns: z
        .array(z.enum(namesOf(decays)))
        .describe('Decay of each cycle')
        .meta({examples: [['cosine', 'cosine']]}),
      alter_decays: z
        .array(z.number())
        .describe('Added to learning_rate, one number a cycle')
        .meta({examples: [[0, -0.001]]}),
      alter_warmups: z
        .array(z.number())
        .describe('Added to warmup_factor, one number a cycle')
        .meta({examples: [[0, 0]]}),
      cycle_lengths: z.array(z.number()).optional().describe('Relative lengths of the cycles; absent: all are equal'),
      budget_steps: z.int().min(1).max(MOST_STEPS).optional().describe('Steps of the whole run'),
      budget_step_hints: z
        .number()
        .gt(0)
        .optional()
        .describe("Steps of the whole run as a multiple of the workload's step hint; 1 if neither is given"),
    })
    .describe('The four lists have one entry a cycle'),
  reset: z
    .strictObject({
      method: z
        .enum(['reinit', 'multiply', 'none'])
        .default('reinit')
        .describe('What happens to model and optimizer at a boundary'),
      alpha: share
        .default(0.5)
        .describe('For multiply: moments are multiplied by this times the nearness to the target'),
      perturb: share
        .default(0)
        .describe('For multiply: share of a fresh initialisation that is added to the parameters'),
    })
    .prefault({}),
  early_stopping: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Whether a cycle may be brought to an early end'),
      epsilon: z.number().min(0).default(0.1).describe('Divergence: the smoothed loss rises by more than this'),
      epsilon2: z
        .number()
        .min(0)
        .default(0.01)
        .describe('Stagnation: how far above its minimum the smoothed loss may head'),
      recovery_time: z
        .int()
        .min(1)
        .default(9)
        .describe('Evaluations that a cycle is given to come back to its minimum'),
      smoothing: z
        .number()
        .gt(0)
        .max(1)
        .default(0.5)
        .describe('Weight of the newest validation loss in the running average'),
    })
    .prefault({}),
  logging: z
    .strictObject({
      every_steps: z
        .int()
        .min(1)
        .default(LOGGED_STEPS)
        .describe('Steps from one row of measurements.csv (loss, norm of the gradients) to the next'),
    })
    .prefault({}),
});

type Keys = z.output<typeof configSchema>;

/** The checked config as code speaks of it: the same keys in camelCase, and the training batch that every config may set. */
export interface CyclicConfig {
  readonly batchSize?: number;
  readonly hyperparameters: OptimizerHyperparameters & {
    readonly learningRate: number;
    readonly warmupFactor: number;
    readonly dropoutRate?: number;
    readonly labelSmoothing?: number;
    readonly gradClip?: number;
  };
  readonly schedule: {
    readonly warmupScheduleFns: Keys['schedule']['warmup_schedule_fns'];
    readonly decayScheduleFns: Keys['schedule']['decay_schedule_fns'];
    readonly alterDecays: readonly number[];
    readonly alterWarmups: readonly number[];
    readonly cycleLengths?: readonly number[];
    readonly budgetSteps?: number;
    readonly budgetStepHints?: number;
  };
  readonly reset: {readonly method: Keys['reset']['method']; readonly alpha: number; readonly perturb?: number};
  readonly earlyStopping: {
    readonly enabled: boolean;
    readonly epsilon: number;
    readonly epsilon2: number;
    readonly recoveryTime: number;
    readonly smoothing: number;
  };
  readonly logging: {readonly everySteps: number};
}

/** The part of a config that lays out the cycles. */
export function cycleSpecOf({hyperparameters, schedule}: CyclicConfig): CycleSpec {
  const {learningRate, warmupFactor} = hyperparameters;
  return {learningRate, warmupFactor, ...schedule};
}

/** Steps of the whole run: as given, or the rounded multiple of the workload's step hint (1 by default). */
export function budgetStepsOf({schedule}: CyclicConfig, workload: Workload): number {
  return schedule.budgetSteps ?? Math.round((schedule.budgetStepHints ?? 1) * workload.budget.stepHint);
}

/** Where in the file the problems of a cycle spec stand. */
const PATHS = {
  learningRate: ['hyperparameters', 'learning_rate'],
  warmupFactor: ['hyperparameters', 'warmup_factor'],
  warmupScheduleFns: ['schedule', 'warmup_schedule_fns'],
  decayScheduleFns: ['schedule', 'decay_schedule_fns'],
  alterDecays: ['schedule', 'alter_decays'],
  alterWarmups: ['schedule', 'alter_warmups'],
  cycleLengths: ['schedule', 'cycle_lengths'],
  budgetSteps: ['schedule', 'budget_steps'],
} as const;

/**
 * All that the schema can't see: the lists together, the cycles over the run's steps, what the workload lacks. Of a config in
 * which keys are missing, what the others tell.
 */
export function checkCyclicConfig(config: CyclicConfig, workload: Workload): ConfigProblem[] {
  return [
    ...budgetProblems(config, workload),
    ...cycleProblems(config, workload),
    ...optimizerProblems(config.hyperparameters),
    ...dropoutProblems(config, workload),
  ];
}

function budgetProblems(config: CyclicConfig, workload: Workload): ConfigProblem[] {
  const {budgetSteps, budgetStepHints} = config.schedule;
  const path = ['schedule', 'budget_step_hints'];
  if (budgetSteps !== undefined && budgetStepHints !== undefined) {
    const message = 'give either this or budget_steps, not both (--set schedule.budget_step_hints=null takes this out)';
    return [{path, message}];
  }
  const steps = budgetStepsOf(config, workload);
  if (steps <= MOST_STEPS) return [];
  return [{path, message: `the run would have ${countOfSteps(steps)}; at most ${count(MOST_STEPS)} are allowed`}];
}

function cycleProblems(config: CyclicConfig, workload: Workload): ConfigProblem[] {
  const spec: Partial<CycleSpec> = cycleSpecOf(config);
  const steps = budgetStepsOf(config, workload);
  if (!isWhole(spec) || steps > MOST_STEPS) return [];
  const cycles = spec.alterDecays.length;
  if (cycles > MOST_CYCLES) {
    const message = `at most ${count(MOST_CYCLES)} cycles are allowed, found ${count(cycles)}`;
    return [{path: PATHS.alterDecays, message}];
  }
  return problemsOf(spec, steps).map(({path, message}) => ({
    path: [...pathOf(path[0], config.schedule), ...(path[1] === undefined ? [] : [path[1]])],
    message,
  }));
}

function isWhole(spec: Partial<CycleSpec>): spec is CycleSpec {
  const {learningRate, warmupFactor, warmupScheduleFns, decayScheduleFns, alterDecays, alterWarmups} = spec;
  const all = [learningRate, warmupFactor, warmupScheduleFns, decayScheduleFns, alterDecays, alterWarmups];
  return all.every((each) => each !== undefined);
}

function dropoutProblems({hyperparameters}: CyclicConfig, workload: Workload): ConfigProblem[] {
  if (workload.hasDropout || !((hyperparameters.dropoutRate ?? 0) > 0)) return [];
  const message = `the model of workload '${workload.name}' has no dropout; leave it out or set it to 0`;
  return [{path: ['hyperparameters', 'dropout_rate'], message}];
}

function pathOf(name: keyof typeof PATHS, schedule: CyclicConfig['schedule']): readonly string[] {
  const isOfHints = schedule.budgetSteps === undefined && schedule.budgetStepHints !== undefined;
  if (name === 'budgetSteps' && isOfHints) return ['schedule', 'budget_step_hints'];
  return PATHS[name];
}
