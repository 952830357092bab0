import {z} from 'zod';
import {functionOption, optionalCount, optionalText} from '../options/index.js';
import type {BootstrapOptions, ScoringRules, TimeAxis} from '../scoring/index.js';
import type {Relaxation} from './relaxation.js';
import type {TuningRuleset} from './targets.js';
import type {VerifyRun} from './verified-runs.js';

/** What is scored, and how. */
export interface ScoreOptions {
  /** Folders of runs: of this tool, or of AlgoPerf's; default: `experiments`. */
  readonly dirs?: readonly string[] | undefined;
  /** A file in AlgoPerf's form, or `0.6`, `1.0`; default: each workload's own, under `rules` of a version that version's. */
  readonly targets?: string | undefined;
  /** Default: the base workloads of `targets`; without it, all workloads with runs. */
  readonly workloads?: readonly string[] | undefined;
  /** Names of submissions; default: all. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /** Default `time`. */
  readonly by?: TimeAxis | undefined;
  /** Default `written`. */
  readonly rules?: ScoringRules | undefined;
  /** Studies of each workload; default: the most that one of the submissions has of one; with `strict` at least 3. */
  readonly numStudies?: number | undefined;
  /** Trials of each study that `strict` asks for; default: 5, or 1 of a self-tuning submission. */
  readonly numTrials?: number | undefined;
  /** Default: as runs of this tool recorded it; else `self` if no study has two trials. */
  readonly tuningRuleset?: TuningRuleset | undefined;
  /** A submission whose times the ratios are to. */
  readonly reference?: string | undefined;
  /** A submission that speed-ups are against; default: the reference. */
  readonly speedupsOver?: string | undefined;
  readonly relax?: Relaxation | undefined;
  /** The largest fraction of a sweep in hundredths. */
  readonly relaxSweep?: number | undefined;
  /** Whether a run that is missing, unreadable or not over is refused; default false. */
  readonly strict?: boolean | undefined;
  /** Verifies each of this tool's runs; default: `official` is what their results say. */
  readonly verify?: VerifyRun | undefined;
  /** How intervals are made; absent: there are none. */
  readonly intervals?: BootstrapOptions | undefined;
}

const names = z.array(z.string()).readonly().optional();

/** The same as a schema. */
export const scoreOptions = z.strictObject({
  dirs: names,
  targets: optionalText,
  workloads: names,
  include: names,
  exclude: names,
  by: z.enum(['time', 'steps']).optional(),
  rules: z.enum(['written', '0.6', '1.0']).optional(),
  numStudies: optionalCount,
  numTrials: optionalCount,
  tuningRuleset: z.enum(['external', 'self']).optional(),
  reference: optionalText,
  speedupsOver: optionalText,
  relax: z
    .array(z.tuple([z.string(), z.number()]).readonly())
    .readonly()
    .meta({title: 'a list of pairs of a name and a fraction'})
    .optional(),
  relaxSweep: z.number().optional(),
  strict: z.boolean().optional(),
  verify: functionOption<VerifyRun>().optional(),
  intervals: z
    .strictObject({seed: z.int().min(0).optional(), resamples: optionalCount, level: z.number().gt(0).lt(1).optional()})
    .optional(),
} satisfies {readonly [name in keyof Required<ScoreOptions>]: z.ZodType});
