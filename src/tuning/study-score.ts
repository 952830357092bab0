import type {Mark} from '../runs/index.js';
import {median} from '../scoring/index.js';

/** The part of a trial's result that its study is scored by. */
export interface Scored {
  /** Null: of no study, as all others are then. */
  readonly study: number | null;
  /** When the validation target was first reached; null: it was not. */
  readonly timeToTarget: Mark | null;
}

/** The trial of a study that reached the target in the least time, the first of equals; undefined if none did. */
export function bestTrial<T extends Scored>(trials: readonly T[]): T | undefined {
  return trials
    .filter(({timeToTarget}) => timeToTarget !== null)
    .reduce<T | undefined>((best, next) => (best && secondsOf(best) <= secondsOf(next) ? best : next), undefined);
}

/**
 * A workload's time to target as AlgoPerf's rules have it: the median over its studies of the time that each one's best trial took.
 * A study that missed the target counts as infinite.
 * @returns seconds; Infinity: not reached
 */
export function medianTime(trials: readonly Scored[]): number {
  const studies = [...new Set(trials.map(({study}) => study))];
  const times = studies.map((study) => secondsOf(bestTrial(trials.filter((trial) => trial.study === study))));
  return median(times);
}

function secondsOf(trial: Scored | undefined): number {
  return trial?.timeToTarget?.seconds ?? Number.POSITIVE_INFINITY;
}
