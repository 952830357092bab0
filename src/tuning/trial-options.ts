import {runPath} from '../runs/index.js';
import {UserError} from '../support/index.js';
import {type RunOptions, type RunWatcher, type Standing, silentWatcher} from '../training/index.js';
import type {PlannedTrial, TuningPlan} from './plan.js';

/** A trial that an earlier process of the same command has started. */
export interface Attempt {
  readonly study?: number | undefined;
  readonly trial: number;
  /** How its process ended, if that was not the trial's own end. */
  readonly failure?: string | undefined;
}

/** An observer. */
export interface TuningWatcher extends RunWatcher {
  /** A trial is about to begin or to continue. */
  trial(trial: PlannedTrial, standing: Standing): void;
  /** The trial that began last has come to its end. */
  ended(trial: PlannedTrial): void;
  /** Another process is at work in the trial; it is left to that one. */
  busy(trial: PlannedTrial): void;
  /** A trial could not be run to its end; those after it are run all the same. */
  failed(trial: PlannedTrial, error: unknown): void;
}

type OfTrial =
  | 'workload'
  | 'submission'
  | 'loaded'
  | 'stem'
  | 'overrides'
  | 'modules'
  | 'study'
  | 'trial'
  | 'tuning'
  | 'resume';

/** What all trials of a command have in common. */
export interface TrialsOptions extends Omit<RunOptions, OfTrial | 'watcher'> {
  readonly watcher: TuningWatcher;
  /** Default: none was. They are not started again. */
  readonly attempts?: readonly Attempt[];
  /**
   * When the trials that are left should continue in a new process: after one that failed, since the engine or the memory may
   * not be as it was; after each one, where the user's own modules may keep something; default: never.
   */
  readonly renewal?: 'after failures' | 'after each';
}

/** One trial as a run. */
export function optionsOf(
  plan: TuningPlan,
  trial: PlannedTrial,
  options: TrialsOptions,
  standing?: Standing,
): RunOptions {
  const {attempts, renewal, overwrite, withChangedSubmission, ...common} = options;
  const {study, trial: number, rngSeed, run} = trial;
  if (run instanceof UserError) throw run;
  const resume = standing?.state === 'unfinished';
  const {tuning_ruleset: ruleset, rng_seed: seed} = plan.record;
  return {
    ...common,
    ...run,
    experimentName: plan.experiment,
    study,
    trial: number,
    // A single run that is there has a seed of its own.
    ...(plan.isTuning && {rngSeed, tuning: {ruleset, seed, study: study ?? 1, trial: number}}),
    resume,
    // One that was refused before it began has left nothing else.
    overwrite: !resume && (overwrite === true || standing?.state === 'refused'),
    ...((resume || !standing) && withChangedSubmission && {withChangedSubmission}),
  };
}

/** The folder of a trial. */
export function pathOf(
  {experiment, workload}: TuningPlan,
  {study, trial}: PlannedTrial,
  {experimentDir}: {readonly experimentDir: string},
): string {
  return runPath(experimentDir, {experiment, study, workload: workload.name, trial});
}

const nothing = (): void => {};
/** Lets everything pass. */
export const silent: TuningWatcher = {
  ...silentWatcher,
  trial: nothing,
  ended: nothing,
  busy: nothing,
  failed: nothing,
};
