import {type Board, boardOf, columnsOf, standings} from './board.js';
import type {ScoredSubmission, Scoring, ScoringTarget} from './pool.js';
import {type TimeOptions, type TimeToTarget, timeToTarget} from './time-to-target.js';

/** A submission's score in its pool. */
export interface Score {
  readonly submission: string;
  /** In [0, 1]. */
  readonly score: number;
  /** Counts from 1; equal scores share the better one. */
  readonly rank: number;
  /** Workloads whose target it reached, before it is compared with others. */
  readonly reached: number;
  /** By workload, before it is compared with others; held-out ones too. */
  readonly times: {readonly [workload: string]: TimeToTarget};
  /** To the fastest, or to the reference; Infinity: not reached, too slow, or a held-out workload was missed. */
  readonly ratios: {readonly [workload: string]: number};
}

/**
 * Scores submissions against each other: a submission's score depends on the pool. In the order of the submissions.
 * @throws RangeError if the reference is none of the submissions, a workload has no target, or a held-out one no base
 * @see {@link https://arxiv.org/abs/2306.07179 | Dahl et al. 2023}, section 4
 */
export function score(scoring: Scoring): Score[] {
  const board = boardOf(scoring);
  const columns = columnsOf(scoring);
  const times = timesOf(scoring);
  const standing = standings(
    times.map((row) => row.map(({median}) => median)),
    board,
  );
  return scoring.submissions.map(({name}, i) => ({
    submission: name,
    score: standing.scores[i]!,
    rank: standing.ranks[i]!,
    reached: reachedOf(times[i]!, board),
    times: named(columns, times[i]!),
    ratios: named(scoring.workloads, standing.ratios[i]!),
  }));
}

function reachedOf(times: readonly TimeToTarget[], {workloads}: Board): number {
  return times.slice(0, workloads).filter(({median}) => Number.isFinite(median)).length;
}

function named<T>(names: readonly string[], values: readonly T[]): {[name: string]: T} {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

/**
 * Times to target: a row a submission, a column a workload.
 * @throws RangeError if a workload has no target
 */
export function timesOf(scoring: Scoring): TimeToTarget[][] {
  const options = timeOptions(scoring);
  const columns = columnsOf(scoring).map((name) => ({name, target: targetOf(scoring, name)}));
  return scoring.submissions.map(({runs}) =>
    columns.map(({name, target}) => timeToTarget(runs.get(name) ?? [], target, options)),
  );
}

/** A workload's target as the rules have it: AlgoPerf's code has no limit and accepts equal values. */
function targetOf({targets, rules = 'written'}: Scoring, workload: string): ScoringTarget {
  const target = targets.get(workload);
  if (!target) throw new RangeError(`targets must hold ${workload}`);
  return rules === 'written' ? target : {...target, inclusive: true, limitSeconds: undefined};
}

function timeOptions({submissions, by = 'time', rules = 'written', numStudies}: Scoring): TimeOptions {
  if (rules !== 'written') return {by, choice: 'least row', numStudies: 0};
  return {by, choice: 'least time', numStudies: numStudies ?? mostStudies(submissions)};
}

/** The most studies that a submission has of a workload. */
export function mostStudies(submissions: readonly ScoredSubmission[]): number {
  const counts = submissions.flatMap(({runs}) =>
    [...runs.values()].map((ofWorkload) => new Set(ofWorkload.map(({study}) => study)).size),
  );
  return counts.reduce((most, count) => Math.max(most, count), 0);
}
