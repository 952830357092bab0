import {z} from 'zod';
import {DISTRIBUTIONS, type DistributionName} from './distributions.js';
import {MOST_BRACKETS} from './hyperband.js';

/** One parameter as the file has it, before it is known which of the keys go together. */
export interface ParameterSpec {
  readonly value?: z.core.util.JSONType;
  readonly values?: readonly z.core.util.JSONType[];
  readonly probabilities?: readonly number[];
  readonly distribution?: DistributionName;
  readonly min?: number;
  readonly max?: number;
  readonly mu?: number;
  readonly sigma?: number;
  readonly q?: number;
  readonly parameters?: {readonly [name: string]: ParameterSpec};
}

/** One parameter; nested ones are checked each by itself. */
export const parameterSchema = z.strictObject({
  value: z.json().optional().describe('The one value of all runs; null takes the key out, back to its default'),
  values: z.array(z.json()).min(1).optional().describe('The values, each of any kind: lists too'),
  probabilities: z
    .array(z.number().min(0))
    .optional()
    .describe('How often each of `values` is drawn by random or halton; they add up to 1'),
  distribution: z
    .enum(DISTRIBUTIONS)
    .optional()
    .describe(
      'Default: `constant` for `value`, `categorical` for `values`, `int_uniform` between integers, else `uniform`',
    ),
  min: z.number().optional(),
  max: z.number().optional(),
  mu: z.number().optional().describe('Mean of a normal distribution, of the logarithm for log_normal; default 0'),
  sigma: z.number().positive().optional().describe('Standard deviation, likewise; default 1'),
  q: z.number().positive().optional().describe('Values are multiples of it; default 1'),
  parameters: z.record(z.string(), z.unknown()).optional().describe('Parameters below this key'),
});

const names = (what: string) => z.array(z.string().min(1)).min(1).describe(what);

/** Where a filter is stated, or a list of them. */
const filters = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

/** When runs that do worse than others are ended, as W&B has it. */
const earlyTerminateSchema = z.strictObject({
  type: z.enum(['hyperband']),
  min_iter: z.int().min(1).optional().describe('The first bracket, in evaluations; each other one is eta times as far'),
  max_iter: z
    .int()
    .min(1)
    .optional()
    .describe('In place of min_iter, with s: evaluations of a run; the last bracket is at max_iter / eta'),
  s: z
    .int()
    .min(1)
    .max(MOST_BRACKETS)
    .optional()
    .describe('With max_iter: how many brackets there are, counted back from it'),
  eta: z.number().gt(1).default(3).describe('At each bracket about the best 1 / eta of the runs go on'),
  strict: z.boolean().default(true).describe("Whether a run's value at the bracket decides; false: its best so far"),
});

/** A sweep file. */
export const sweepSchema = z.strictObject({
  name: z.string().min(1).optional().describe("Folder of the sweep among the experiments; default: the file's name"),
  description: z.string().optional(),
  method: z
    .enum(['grid', 'random', 'halton'])
    .describe('All combinations, or points drawn by a seed or from the Halton sequence'),
  metric: z
    .strictObject({
      name: z
        .string()
        .min(1)
        .describe("A metric of the workload on validation, another split's (`test/accuracy`), or `time_to_target`"),
      goal: z.enum(['minimize', 'maximize']).optional().describe("Default: the workload's"),
    })
    .optional()
    .describe("What runs are ordered by; default: the workload's target metric"),
  parameters: z.record(z.string(), z.unknown()).default({}).describe('By key of the config, dotted or nested'),
  early_terminate: earlyTerminateSchema
    .optional()
    .describe('Ends runs that do worse than those before them; default: all come to their own end'),
  run_cap: z.int().min(1).optional().describe('The most runs; required unless `method` is `grid`'),
  config: z.string().min(1).optional().describe('Base config, as with `run --config`'),
  workloads: names('As with `run --workload`'),
  submissions: names("As with `run --submission`; default: the config's").optional(),
  seeds: z
    .array(z.int().min(0))
    .min(1)
    .default([0])
    .describe('Each point is run with every one of them, as with `run --rng-seed`'),
  rng_seed: z.int().min(0).optional().describe('Decides the points of `method: random`; default 0'),
  where: filters.optional().describe('Only runs for which all of these hold, written as for `runs list --where`'),
  exclude: filters.optional().describe('No runs for which one of these holds'),
});

/** A sweep file's own values, checked one by one. */
export type SweepSpec = z.infer<typeof sweepSchema>;

/** The sweep file as a JSON Schema, for editors. */
export function sweepJsonSchema(): object {
  const own = z.toJSONSchema(sweepSchema, {io: 'input'}) as {properties: {[key: string]: object}};
  const parameter = z.toJSONSchema(parameterSchema, {io: 'input', unrepresentable: 'any'}) as typeof own & {
    $defs?: object;
    $schema?: string;
  };
  const {$schema, $defs, ...rest} = parameter;
  const each = {type: 'object', additionalProperties: {$ref: '#/$defs/parameter'}};
  const nested = {...rest, properties: {...rest.properties, parameters: {...rest.properties.parameters, ...each}}};
  return {
    title: 'algoperf-ts sweep',
    ...own,
    properties: {...own.properties, parameters: {...own.properties.parameters, ...each}},
    patternProperties: {'^x-': {description: "The user's own, for anchors"}},
    $defs: {...$defs, parameter: nested},
  };
}
