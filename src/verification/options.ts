import {z} from 'zod';
import {optionalText} from '../options/index.js';
import {workloadOption} from '../training/index.js';
import type {EvaluateOptions} from './evaluate-run.js';
import type {LoadOptions} from './load-recorded.js';
import type {SampleOptions} from './sample-run.js';

/** The options of what looks at one run, with the run's folder, as schemas. */

type Shape<T> = {readonly [name in keyof Required<T>]: z.ZodType};

const path = z.string();
const loadShape = {
  workload: workloadOption.optional(),
  dataDir: optionalText,
  backend: optionalText,
} satisfies Shape<LoadOptions>;
const checkpoint = z.union([z.enum(['best', 'last']), z.int().min(0)]).optional();

/** Those of `verifyRun`. */
export const verifyOptions = z.strictObject({path, ...loadShape});

/** Those of `evaluateRun`. */
export const evaluateOptions = z.strictObject({
  path,
  ...({
    ...loadShape,
    checkpoint,
    splits: z.array(z.string()).readonly().optional(),
  } satisfies Shape<EvaluateOptions>),
});

/** Those of `sampleRun`. */
export const sampleOptions = z.strictObject({
  path,
  ...({
    ...loadShape,
    checkpoint,
    temperature: z.number().min(0).optional(),
    topK: z.int().min(1).optional(),
    prompt: optionalText,
    tokens: z.int().min(1).optional(),
    seed: z.int().min(0).optional(),
  } satisfies Shape<SampleOptions>),
});
