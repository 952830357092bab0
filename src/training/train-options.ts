import {z} from 'zod';
import type {Workload} from '../contract/index.js';
import {custom, functionOption, optionalCount, optionalText} from '../options/index.js';
import type {RunSource} from './load-run.js';
import type {RunOptions, RunWatcher} from './run-options.js';
import type {Runtime} from './runtime.js';

/** The options of `train` and of what is called like it, as schemas. */

type Shape<T> = {readonly [name in keyof Required<T>]: z.ZodType};

const isOn = z.boolean().optional();

/** A name, a path, or the value itself. */
export const workloadOption = custom<string | Workload>(
  (value) => (typeof value === 'string' && value !== '') || (typeof value === 'object' && value !== null),
  'a name, the path of a .ts or .js file, or a workload',
);

/** An observer, whose functions are all optional. */
const watcherShape = {
  engine: functionOption().optional(),
  data: functionOption().optional(),
  loading: functionOption().optional(),
  folder: functionOption().optional(),
  info: functionOption().optional(),
  warn: functionOption().optional(),
  event: functionOption().optional(),
  progress: functionOption().optional(),
  result: functionOption().optional(),
  lost: functionOption().optional(),
  profile: functionOption().optional(),
} satisfies Shape<RunWatcher>;

/** What describes a run. */
const sourceShape = {
  workload: workloadOption,
  config: optionalText,
  set: z.array(z.string()).readonly().optional(),
  submission: optionalText,
} satisfies Shape<RunSource>;

type Common = Omit<
  RunOptions,
  keyof RunSource | 'loaded' | 'stem' | 'overrides' | 'modules' | 'flags' | 'confirm' | 'tuning'
>;

const commonShape = {
  backend: optionalText,
  dataDir: optionalText,
  experimentDir: optionalText,
  experimentName: optionalText,
  study: optionalCount,
  trial: optionalCount,
  compile: isOn,
  rngSeed: z.int().min(0).optional(),
  maxGlobalSteps: optionalCount,
  maxRuntime: z.number().gt(0).optional(),
  judge: functionOption().optional(),
  overwrite: isOn,
  resume: isOn,
  beginOrResume: isOn,
  withChangedSubmission: isOn,
  tensorboard: isOn,
  profile: isOn,
  watcher: z.strictObject(watcherShape).optional(),
  signal: custom<AbortSignal>((value) => value instanceof AbortSignal, 'an AbortSignal').optional(),
} satisfies Shape<Common>;

/** An open runtime. */
export const runtimeOption = custom<Runtime>((value) => {
  const {workload, engine, dataset} = Object(value) as Partial<Runtime>;
  return [workload, engine, dataset].every((part) => typeof part === 'object' && part !== null);
}, 'what openRuntime gives');

/** Those of `train`. */
export const trainOptions = z.strictObject({
  ...sourceShape,
  ...commonShape,
  runtime: runtimeOption.optional(),
});

/** Those of `openRuntime`. */
export const openOptions = z.strictObject({
  workload: workloadOption,
  backend: optionalText,
  dataDir: optionalText,
  watcher: z.strictObject({loading: functionOption().optional()}).optional(),
});

/** What else `openRuntime` is given. */
export const batchSizeOption = z.strictObject({batchSize: z.int().min(1)});
