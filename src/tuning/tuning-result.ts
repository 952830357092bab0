import {lockHolder, type RunResult, readResult, runPath} from '../runs/index.js';
import {UserError} from '../support/index.js';
import type {PlannedTrial, TuningPlan} from './plan.js';
import type {Point} from './search-space.js';
import {bestTrial, medianTime} from './study-score.js';
import type {Ruleset} from './tuning-options.js';

/** A trial as read from its folder. */
export interface TrialResult
  extends Pick<
    RunResult,
    'path' | 'reason' | 'globalStep' | 'best' | 'timeToTarget' | 'official' | 'notOfficialBecause'
  > {
  /** Counts from 1; null: there is no level of studies. */
  readonly study: number | null;
  /** Counts from 1. */
  readonly trial: number;
  readonly rngSeed: number;
  readonly point: Point;
  /** `refused`: its config is; `running`: another process has it; `unfinished`: there is something left to do. */
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
  /** Whether the best trial's time may count as official; null: there is none. */
  readonly official: boolean | null;
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
  /** Whether those seconds may count as official, which takes that of every study's best trial; null: there are none. */
  readonly official: boolean | null;
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
  const results = studies.map((study) => studyResult(study, trials));
  const secondsToTarget = isPart || isAny(trials, OPEN) ? undefined : finite(medianTime(trials));
  return {
    workload: workload.name,
    experiment,
    tuningRuleset: record.tuning_ruleset,
    rngSeed: record.rng_seed,
    metric: workload.target.metric,
    trials,
    studies: results,
    secondsToTarget,
    official: typeof secondsToTarget === 'number' ? results.every(({official}) => official !== false) : null,
    failures: trials.filter(({status}) => FAILURES.includes(status)).length,
  };
}

function isAny(trials: readonly TrialResult[], statuses: readonly TrialResult['status'][]): boolean {
  return trials.some(({status}) => statuses.includes(status));
}

function studyResult(study: number | null, trials: readonly TrialResult[]): StudyResult {
  const best = bestTrial(trials.filter((trial) => trial.study === study));
  const {trial: bestTrialNumber = null, timeToTarget = null, official = null} = best ?? {};
  return {study, bestTrial: bestTrialNumber, secondsToTarget: timeToTarget?.seconds ?? null, official};
}

function finite(seconds: number): number | null {
  return Number.isFinite(seconds) ? seconds : null;
}

function trialResult({experiment, workload}: TuningPlan, planned: PlannedTrial, experimentDir: string): TrialResult {
  const {study, trial, rngSeed, point, run} = planned;
  const path = runPath(experimentDir, {experiment, study, workload: workload.name, trial});
  const result = readResult(path);
  const {reason = '', globalStep = 0, best = null, timeToTarget = null} = result ?? {};
  const {official = false, notOfficialBecause = []} = result ?? {};
  const status = run instanceof UserError ? 'refused' : lockHolder(path) ? 'running' : (result?.status ?? 'unfinished');
  const time = {timeToTarget, official, notOfficialBecause};
  return {study: study ?? null, trial, rngSeed, point, path, status, reason, globalStep, best, ...time};
}
