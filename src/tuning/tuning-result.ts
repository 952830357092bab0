import {lockHolder, type RunResult, readResult, runPath} from '../runs/index.js';
import {UserError} from '../support/index.js';
import type {PlannedTrial, TuningPlan} from './plan.js';
import type {Point} from './search-space.js';
import {bestTrial, medianTime} from './study-score.js';
import type {Ruleset} from './tuning-options.js';

/** A trial as read from its folder. */
export interface TrialResult
  extends Pick<RunResult, 'path' | 'reason' | 'globalStep' | 'best' | 'timeToTarget' | 'official'> {
  /** Counts from 1; null: there is no level of studies. */
  readonly study: number | null;
  /** Counts from 1. */
  readonly trial: number;
  readonly rngSeed: number;
  readonly point: Point;
  /** `refused`: its config is; `running`: another process is at work in it; `unfinished`: there is something left to do. */
  readonly status: RunResult['status'] | 'refused' | 'running' | 'unfinished';
}

/** A study, and the trial of it that counts. */
export interface StudyResult {
  /** Counts from 1; null: there is no level of studies. */
  readonly study: number | null;
  /** The first trial in the order of the time to target; null: none reached it. */
  readonly bestTrial: number | null;
  /** Seconds on the submission's clock; null: the target was not reached. */
  readonly secondsToTarget: number | null;
}

/** The results of trials. */
export interface TuningResult {
  readonly workload: string;
  readonly experiment: string;
  readonly tuningRuleset: Ruleset;
  readonly rngSeed: number;
  readonly metric: string;
  readonly trials: readonly TrialResult[];
  readonly studies: readonly StudyResult[];
  /** The median over the studies, in seconds; null: the target was not reached. Undefined where not all of the trials are complete. */
  readonly secondsToTarget: number | null | undefined;
  /** How many of the trials failed, diverged, were refused or are not complete. */
  readonly failures: number;
}

const OPEN: readonly TrialResult['status'][] = ['running', 'unfinished'];
const FAILURES: readonly TrialResult['status'][] = ['failed', 'diverged', 'refused', ...OPEN];

/** Reads the results of the trials of a plan. @param isPart - whether it leaves out some of the studies' trials */
export function tuningResult(plan: TuningPlan, experimentDir: string, isPart: boolean): TuningResult {
  const {experiment, workload, record} = plan;
  const trials = plan.trials.map((trial) => trialResult(plan, trial, experimentDir));
  const studies = [...new Set(trials.map(({study}) => study))];
  return {
    workload: workload.name,
    experiment,
    tuningRuleset: record.tuning_ruleset,
    rngSeed: record.rng_seed,
    metric: workload.target.metric,
    trials,
    studies: studies.map((study) => studyResult(study, trials)),
    secondsToTarget: isPart || isAny(trials, OPEN) ? undefined : finite(medianTime(trials)),
    failures: trials.filter(({status}) => FAILURES.includes(status)).length,
  };
}

function isAny(trials: readonly TrialResult[], statuses: readonly TrialResult['status'][]): boolean {
  return trials.some(({status}) => statuses.includes(status));
}

function studyResult(study: number | null, trials: readonly TrialResult[]): StudyResult {
  const best = bestTrial(trials.filter((trial) => trial.study === study));
  return {study, bestTrial: best?.trial ?? null, secondsToTarget: best?.timeToTarget?.seconds ?? null};
}

function finite(seconds: number): number | null {
  return Number.isFinite(seconds) ? seconds : null;
}

function trialResult({experiment, workload}: TuningPlan, planned: PlannedTrial, experimentDir: string): TrialResult {
  const {study, trial, rngSeed, point, run} = planned;
  const path = runPath(experimentDir, {experiment, study, workload: workload.name, trial});
  const result = readResult(path);
  const {reason = '', globalStep = 0, best = null, timeToTarget = null, official = false} = result ?? {};
  const status = run instanceof UserError ? 'refused' : lockHolder(path) ? 'running' : (result?.status ?? 'unfinished');
  return {study: study ?? null, trial, rngSeed, point, path, status, reason, globalStep, best, timeToTarget, official};
}
