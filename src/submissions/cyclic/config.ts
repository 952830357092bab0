import {z} from 'zod';
import {optimizers} from '../../optimizers/index.js';
import {type CycleSpec, decays, type ShapeOptions, warmups} from '../../schedules/index.js';
import {lengthShape, loggingSchema, type RunLength, share, stepShape} from '../run-keys.js';
import {decayOptionsSchema, warmupOptionsSchema} from '../shape-keys.js';
import {type OptimizerHyperparameters, optimizerConditions, optimizerShape} from './optimizer.js';
import {OWN_SHAPE} from './own-shapes.js';

/** Names as a tuple, which zod's enumerations want. */
function namesOf<T extends string>(registry: Record<T, unknown>): [T, ...T[]] {
  return Object.keys(registry) as [T, ...T[]];
}

/** One of the names, or the path of a module. */
function shapeName(names: [string, ...string[]]) {
  const isName = (name: string) => names.includes(name) || OWN_SHAPE.test(name);
  const other = {type: 'string', pattern: OWN_SHAPE.source, title: 'the path of a .ts or .js file'};
  return z
    .string()
    .refine(isName, {params: {names, other: other.title}})
    .meta({anyOf: [{type: 'string', enum: names}, other]});
}

/** The keys of a config that are the cyclic submission's own. */
export const configSchema = z.strictObject({
  hyperparameters: z
    .strictObject({
      optimizer: z.enum(namesOf(optimizers)).default('adamw').describe('How gradients become updates'),
      learning_rate: z
        .number()
        .describe('Base rate; alter_decays is added to it, cycle by cycle')
        .meta({examples: [0.003]}),
      ...optimizerShape,
      warmup_factor: share
        .describe("Warm-up steps as a share of a cycle's length; alter_warmups is added to it")
        .meta({examples: [0.02]}),
      ...stepShape,
    })
    .meta({allOf: optimizerConditions}),
  schedule: z
    .strictObject({
      warmup_schedule_fns: z
        .array(shapeName(namesOf(warmups)))
        .describe('Warm-up of each cycle; a file exports `warmup`')
        .meta({examples: [['linear', 'linear']]}),
      decay_schedule_fns: z
        .array(shapeName(namesOf(decays)))
        .describe('Decay of each cycle; a file exports `decay`')
        .meta({examples: [['cosine', 'cosine']]}),
      alter_decays: z
        .array(z.number())
        .describe('Added to learning_rate, one number per cycle')
        .meta({examples: [[0, -0.001]]}),
      alter_warmups: z
        .array(z.number())
        .describe('Added to warmup_factor, one number per cycle')
        .meta({examples: [[0, 0]]}),
      cycle_lengths: z.array(z.number()).optional().describe('Relative lengths of the cycles; absent: all are equal'),
      warmup_options: z
        .array(warmupOptionsSchema)
        .optional()
        .describe('Further options of the warm-ups, one mapping per cycle'),
      decay_options: z
        .array(decayOptionsSchema)
        .optional()
        .describe('Further options of the decays, one mapping per cycle'),
      ...lengthShape,
    })
    .describe('The four lists have one entry per cycle'),
  reset: z
    .strictObject({
      method: z
        .enum(['reinit', 'multiply', 'none'])
        .default('reinit')
        .describe(
          'What happens to model and optimizer at a boundary; multiply: parameters are multiplied by the nearness to the target, from 0 to 1: ' +
            'the validation metric over its target, or the reverse where less is better; 0 where it is NaN',
        ),
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
  logging: loggingSchema,
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
  readonly schedule: RunLength & {
    readonly warmupScheduleFns: readonly string[];
    readonly decayScheduleFns: readonly string[];
    readonly alterDecays: readonly number[];
    readonly alterWarmups: readonly number[];
    readonly warmupOptions?: readonly ShapeOptions[];
    readonly decayOptions?: readonly ShapeOptions[];
    readonly cycleLengths?: readonly number[];
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
