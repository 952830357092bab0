import {workloadsDividedBy} from './board.js';
import type {Scoring, ScoringRules, ScoringTarget} from './pool.js';
import {exactArea} from './profile.js';
import {type Score, score} from './score.js';
import {isWithinLimit, type StudyTime, type TimeToTarget} from './time-to-target.js';

/** A number by the written rules that AlgoPerf's code has otherwise. */
export interface Difference {
  readonly submission: string;
  readonly quantity: 'time to target' | 'score' | 'rank';
  /** Of a time. */
  readonly workload?: string;
  /** By the written rules; Infinity: not reached. */
  readonly written: number;
  /** By AlgoPerf's code. */
  readonly compat: number;
  /** In words, at least one. */
  readonly because: readonly string[];
}

/** AlgoPerf's code, by its version. */
export type Code = Exclude<ScoringRules, 'written'>;

/** Sums in another order differ by less, relatively. */
const ROUNDING = 1e-12;

/**
 * Every time, score and rank that the written rules and AlgoPerf's code have differently, with the reasons.
 * @param scoring - its `rules` are not looked at
 * @param code - whose numbers it is compared with
 */
export function differences(scoring: Scoring, code: Code): Difference[] {
  const written = score({...scoring, rules: 'written'});
  const compat = score({...scoring, rules: code});
  return written.flatMap((here, i) => {
    const there = compat[i]!;
    const {submission} = here;
    const times = Object.keys(here.times).flatMap((workload): Difference[] => {
      const [a, b] = [here.times[workload]!, there.times[workload]!];
      if (isSame(a.median, b.median)) return [];
      const because = timeReasons(a, b, scoring.targets.get(workload)!);
      return [{submission, quantity: 'time to target', workload, written: a.median, compat: b.median, because}];
    });
    return [...times, ...scoreDifference(here, there, code), ...rankDifference(here, there)];
  });
}

function isSame(a: number, b: number): boolean {
  return a === b || (Number.isFinite(a) && Number.isFinite(b) && Math.abs(a - b) <= ROUNDING * Math.abs(a));
}

function timeReasons(here: TimeToTarget, there: TimeToTarget, target: ScoringTarget): string[] {
  const all = here.studies.length + here.missing;
  const missing =
    here.missing === 0
      ? []
      : [`${here.missing} of ${all} studies missing: infinite by the rules, left out of the median by AlgoPerf's code`];
  return [...missing, ...here.studies.flatMap((study, i) => studyReason(study, there.studies[i]!, target))];
}

function studyReason(here: StudyTime, there: StudyTime, target: ScoringTarget): string[] {
  if (here.time === there.time || !there.hit) return [];
  const {trial, at} = there.hit;
  const of = here.study === '' ? '' : `${here.study}: `;
  if (!target.inclusive && at.value === target.value)
    return [`${of}${trial} equals the target, which has to be bettered; AlgoPerf's code accepts it`];
  if (!isWithinLimit(there.hit, target)) {
    const limit = `the limit of ${target.limitSeconds} s, which AlgoPerf's code ignores`;
    return [`${of}${trial} reached the target past ${limit}`];
  }
  const fastest = here.hit!.trial;
  return [`${of}${fastest} is the fastest trial; AlgoPerf's code takes ${trial}, by the number of its evaluation`];
}

function scoreDifference(here: Score, there: Score, code: Code): Difference[] {
  if (isSame(here.score, there.score)) return [];
  const because = [...areaReasons(there, code), ...ratioReasons(here, there)];
  return [{submission: here.submission, quantity: 'score', written: here.score, compat: there.score, because}];
}

/** What the code's way to a profile's area does, apart from all other differences. */
function areaReasons(there: Score, code: Code): string[] {
  const ratios = Object.values(there.ratios);
  const count = workloadsDividedBy(code, ratios.length);
  const change = (exactArea(ratios) * ratios.length) / count - there.score;
  const sign = change > 0 ? '+' : '-';
  const grid = `the exact area under the profile instead of 100 points (${sign}${Math.abs(change).toFixed(6)})`;
  const divisor = `a share of the ${ratios.length} workloads scored; AlgoPerf ${code} divides by ${count} whatever is scored`;
  return [...(Math.abs(change) > ROUNDING ? [grid] : []), ...(count === ratios.length ? [] : [divisor])];
}

function ratioReasons(here: Score, there: Score): string[] {
  return Object.keys(here.ratios)
    .filter((workload) => !isSame(here.ratios[workload]!, there.ratios[workload]!))
    .map((workload) =>
      isSame(here.times[workload]!.median, there.times[workload]!.median)
        ? `another submission's time on ${workload} differs`
        : `its time on ${workload} differs`,
    );
}

function rankDifference(here: Score, there: Score): Difference[] {
  if (here.rank === there.rank) return [];
  const because = ['the scores differ'];
  return [{submission: here.submission, quantity: 'rank', written: here.rank, compat: there.rank, because}];
}
