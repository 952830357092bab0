import {isBetter} from '../metrics/index.js';
import {median} from './median.js';
import {type Evaluated, POSITIVE_INFINITY, type ScoredRun, type ScoringTarget, type TimeAxis} from './pool.js';
import {relaxed} from './relaxed.js';

/** When a run reached its target. */
export interface Hit {
  readonly trial: string;
  readonly at: Evaluated;
}

/** How the trial is chosen that a study's time is of. */
export type TrialChoice =
  /** The one that took the least time. */
  | 'least time'
  /** The one whose first evaluation at the target has the least number in its run. */
  | 'least row';

/** What evaluations are judged by. */
export interface JudgedBy {
  readonly target: ScoringTarget;
  /** The most that the target will be relaxed by, a fraction in [0, 1); default 0. */
  readonly relaxedBy?: number;
}

/** The evaluations of a run that scores can depend on. */
export interface DecisiveEvaluations {
  /** Those at the target, relaxed as far as it will be, that are better than all before them; none past the first that betters it. */
  readonly atTarget: readonly Evaluated[];
  readonly best: Evaluated | undefined;
}

/** Picks the few evaluations of a run that decide when it reached its target, and when it would have reached an easier one. */
export function decisiveEvaluations(
  evaluations: readonly Evaluated[],
  {target, relaxedBy = 0}: JudgedBy,
): DecisiveEvaluations {
  const {goal, value} = target;
  const easiest = relaxed({...target, inclusive: true}, relaxedBy);
  const atTarget: Evaluated[] = [];
  let best: Evaluated | undefined;
  for (const next of evaluations) {
    if (Number.isNaN(next.value) || (best && !isBetter(next.value, best.value, goal))) continue;
    const isPast = best !== undefined && isBetter(best.value, value, goal);
    if (reaches(next.value, easiest) && !isPast) atTarget.push(next);
    best = next;
  }
  return {atTarget, best};
}

/** Whether a value reaches the target; NaN never does. */
export function reaches(value: number, {goal, value: target, inclusive}: ScoringTarget): boolean {
  return isBetter(value, target, goal) || (inclusive && value === target);
}

/** The first evaluation of a run that reaches the target, whatever its limit. */
export function firstHit({trial, evaluations}: ScoredRun, target: ScoringTarget): Hit | undefined {
  const at = evaluations.find(({value}) => reaches(value, target));
  return at && {trial, at};
}

/** Whether the target was reached within its limit. */
export function isWithinLimit({at}: Hit, {limitSeconds = POSITIVE_INFINITY}: ScoringTarget): boolean {
  return at.seconds <= limitSeconds;
}

/** The hit that a study's time is of, the first of equals; undefined if no trial reached the target. */
export function studyHit(
  runs: readonly ScoredRun[],
  target: ScoringTarget,
  {by, choice}: {readonly by: TimeAxis; readonly choice: TrialChoice},
): Hit | undefined {
  const hits = runs.flatMap((run) => firstHit(run, target) ?? []).filter((hit) => isWithinLimit(hit, target));
  const orderOf = ({at}: Hit) => (choice === 'least row' ? at.row : timeOf(at, by));
  return hits.reduce<Hit | undefined>(
    (best, next) => (best && orderOf(best) <= orderOf(next) ? best : next),
    undefined,
  );
}

/** Seconds or steps of an evaluation. */
export function timeOf({seconds, globalStep}: Evaluated, by: TimeAxis): number {
  return by === 'time' ? seconds : globalStep;
}

/** A study's time to a workload's target. */
export interface StudyTime {
  readonly study: string;
  /** Undefined: no trial reached the target. */
  readonly hit: Hit | undefined;
  /** Seconds or steps; Infinity: not reached. */
  readonly time: number;
}

/** A submission's time to a workload's target: the median over its studies. */
export interface TimeToTarget {
  /** Seconds or steps; Infinity: not reached, or there is no run. */
  readonly median: number;
  /** In the order in which they come. */
  readonly studies: readonly StudyTime[];
  /** Studies that are not there and count as infinite. */
  readonly missing: number;
}

/** How a time to target is made. */
export interface TimeOptions {
  readonly by: TimeAxis;
  readonly choice: TrialChoice;
  /** Studies required: missing ones count as infinite. 0: none is required. */
  readonly numStudies: number;
}

/** A workload's time to target, by the studies of its runs. */
export function timeToTarget(
  runs: readonly ScoredRun[],
  target: ScoringTarget,
  {by, choice, numStudies}: TimeOptions,
): TimeToTarget {
  const names = [...new Set(runs.map(({study}) => study))];
  const studies = names.map((study): StudyTime => {
    const hit = studyHit(
      runs.filter((run) => run.study === study),
      target,
      {by, choice},
    );
    return {study, hit, time: hit ? timeOf(hit.at, by) : POSITIVE_INFINITY};
  });
  const missing = Math.max(0, numStudies - studies.length);
  const times = [...studies.map(({time}) => time), ...Array<number>(missing).fill(POSITIVE_INFINITY)];
  return {median: times.length === 0 ? POSITIVE_INFINITY : median(times), studies, missing};
}
