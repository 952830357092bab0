import {requireInRange, requireNonNegativeInteger, requirePositiveInteger} from '../support/index.js';
import {loadParts, readRunConfigOf, type TrainOptions} from '../training/index.js';
import {keepRecord} from './keep-record.js';
import {planTuning} from './plan.js';
import {findTrials, runTrials} from './run-trials.js';
import {silent, type TuningWatcher} from './trial-options.js';
import {isPart, requireTuningOptions, type TuningOptions} from './tuning-options.js';
import {type TuningResult, tuningResult} from './tuning-result.js';

/** Trials and studies, as `algoperf-ts run` has them: a program's options are the command line's flags. */
export interface TuneOptions
  extends TuningOptions,
    Omit<TrainOptions, 'study' | 'trial' | 'runtime' | 'watcher' | 'tuning' | 'resume'> {
  /** Called while the trials run; default: not at all. */
  readonly watcher?: Partial<TuningWatcher>;
}

/**
 * Runs what is left of a tuning's trials in this process, and reads what all came to.
 * @throws UserError for what can be checked before a trial begins
 */
export async function tune(options: TuneOptions): Promise<TuningResult> {
  requireNumbers(options);
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

function requireNumbers(options: TuneOptions): void {
  const {rngSeed, maxRuntime, hparamStartIndex, numTuningTrials, numStudies, study, hparamEndIndex, maxGlobalSteps} =
    options;
  for (const [name, value] of Object.entries({rngSeed, hparamStartIndex}))
    if (value !== undefined) requireNonNegativeInteger(name, value);
  for (const [name, value] of Object.entries({numTuningTrials, numStudies, study, hparamEndIndex, maxGlobalSteps}))
    if (value !== undefined) requirePositiveInteger(name, value);
  if (maxRuntime !== undefined) requireInRange('maxRuntime', maxRuntime, Number.MIN_VALUE, Number.MAX_VALUE);
}
