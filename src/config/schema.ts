import {z} from 'zod';
import type {Submission} from '../contract/index.js';

const nameOrPath = z.string().min(1).describe('Name of a built-in submission, or path of a .ts or .js file');

/** The keys that every submission has. */
const common = {
  submission: nameOrPath.default('cyclic'),
  batch_size: z.int().min(1).optional().describe("Training batch; absent: the workload's"),
  evaluation: z
    .strictObject({
      every_steps: z
        .int()
        .min(1)
        .optional()
        .describe('Evaluate every so many steps instead of by time: deterministic, and not official'),
      stop_at_target: z
        .boolean()
        .default(true)
        .describe('false: note the time to target and continue to the end of the budget'),
    })
    .prefault({}),
  checkpoints: z
    .strictObject({
      keep: z
        .enum(['all', 'last', 'best', 'none'])
        .default('best')
        .describe(
          'Which checkpoints stay beside the one that reached the target: every one, the latest, the latest and the one with the best validation metric; or none at all: such a run can only be started again',
        ),
      keep_last: z
        .int()
        .min(1)
        .optional()
        .describe('How many of the latest stay, where `keep` is `last` or `best`; absent: 2'),
    })
    .refine(({keep, keep_last}) => keep_last === undefined || keep === 'last' || keep === 'best', {
      path: ['keep_last'],
      error: 'must be left out where `keep` is `all` or `none`',
    })
    .prefault({}),
};

/** The keys that every config may have, whatever its submission. */
export const commonKeys: readonly string[] = [...Object.keys(common), 'hyperparameters'];

/** The keys of a submission without its own schema. */
const anyHyperparameters = {
  hyperparameters: z.record(z.string(), z.json()).default({}).describe("The submission's own"),
};

/**
 * The schema of a whole config file for a submission: the common keys, then its own, with what its schema checks as a whole
 * (`refine`). Unknown keys are refused.
 */
export function schemaFor({configSchema}: Submission): z.ZodObject {
  const key = configSchema ?? none;
  const schema = schemas.get(key) ?? wholeSchema(configSchema);
  schemas.set(key, schema);
  return schema;
}

/** Each is made once: zod compiles a schema when it is first used. */
const schemas = new WeakMap<object, z.ZodObject>();
const none = {};

function wholeSchema(own: Submission['configSchema']): z.ZodObject {
  const keys: z.ZodObject = z.strictObject({...common, ...(own?.shape ?? anyHyperparameters)});
  const checks = (own?.def.checks ?? []) as unknown as z.core.$ZodCheck<object>[];
  return keys.check(...checks);
}

/** The same as a JSON Schema, for editors: what may be written, with descriptions and defaults. */
export function jsonSchemaFor(submission: Submission): object {
  const schema = z.toJSONSchema(schemaFor(submission), {io: 'input'});
  return {
    title: 'algoperf-ts config',
    ...schema,
    patternProperties: {'^x-': {description: "The user's own, for anchors"}},
  };
}

/** The keys that every config has, in code's spelling. */
export interface RunConfig {
  readonly submission: string;
  readonly batchSize?: number;
  readonly evaluation: {readonly everySteps?: number; readonly stopAtTarget: boolean};
  readonly checkpoints: {readonly keep: 'all' | 'last' | 'best' | 'none'; readonly keepLast?: number};
}
