import {z} from 'zod';
import {checkedOptions, functionOption, optionalCount} from '../options/index.js';
import {loadParts, readRunConfigOf, type TrainOptions, trainOptions} from '../training/index.js';
import {keepRecord} from './keep-record.js';
import {planTuning} from './plan.js';
import {findTrials, runTrials} from './run-trials.js';
import {silent, type TuningWatcher} from './trial-options.js';
import {isPart, requireTuningOptions, type TuningOptions} from './tuning-options.js';
import {type TuningResult, tuningResult} from './tuning-result.js';

/** Trials and studies, as `algoperf-ts run` has them: a program's options are the command line's flags. */
export interface TuneOptions
  extends TuningOptions,
    Omit<TrainOptions, 'study' | 'trial' | 'runtime' | 'watcher' | 'resume'> {
  /** Called while the trials run; default: not at all. */
  readonly watcher?: Partial<TuningWatcher>;
}

const place = z.int().min(0).optional();

const {study, trial, runtime, watcher, resume, ...ofRuns} = trainOptions.shape;

const tuneOptions = z.strictObject({
  ...ofRuns,
  ...({
    tuningRuleset: z.enum(['external', 'self']).optional(),
    tuningSearchSpace: z.string().optional(),
    numTuningTrials: optionalCount,
    numStudies: optionalCount,
    study,
    hparamStartIndex: place,
    hparamEndIndex: optionalCount,
  } satisfies {readonly [name in keyof Required<TuningOptions>]: z.ZodType}),
  watcher: watcher
    .unwrap()
    .extend(Object.fromEntries(['trial', 'ended', 'busy', 'failed'].map((name) => [name, functionOption().optional()])))
    .optional(),
});

/**
 * Runs what is left of a tuning's trials in this process, and reads what all came to.
 * @throws UserError for what can be checked before a trial begins
 * @throws RangeError naming every option that is missing, wrong or unknown
 */
export async function tune(options: TuneOptions): Promise<TuningResult> {
  checkedOptions('tune', tuneOptions, options);
  requireTuningOptions(options);
  const {watcher, workload, signal = new AbortController().signal, ...plain} = options;
  const source = await readRunConfigOf(options);
  const parts = await loadParts(options, source);
  const look: TuningWatcher = {...silent, ...watcher};
  const common = {
    backend: 'auto',
    ...plain,
    experimentDir: options.experimentDir ?? 'experiments',
    signal,
    flags: {...plain, workload: parts.workload.name},
    watcher: look,
  };
  const plan = planTuning({...common, workload, warn: look.warn}, source, parts);
  const found = findTrials(plan, common);
  await keepRecord(plan, {...common, isPart: isPart(options)});
  await runTrials(plan, found, common);
  return tuningResult(plan, common.experimentDir, isPart(options));
}
