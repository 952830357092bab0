/** When runs are ended early, and how many: the keys of W&B's `early_terminate`. */
export interface HyperbandRule {
  /** The first bracket, in evaluations; each of the others is `eta` times the one before. */
  readonly minIter?: number | undefined;
  /** In place of `minIter`: a run's evaluations, from which the brackets are counted back. */
  readonly maxIter?: number | undefined;
  /** How many brackets there are before `maxIter`. */
  readonly s?: number | undefined;
  /** Above 1: about one of `eta` runs passes a bracket. */
  readonly eta: number;
  /** Whether the value at the bracket decides; false: the best so far. */
  readonly strict: boolean;
}

/** Brackets that there are at most. */
export const MOST_BRACKETS = 100;

/** The brackets: numbers of evaluations, counted from 1, at which runs are judged; ascending. None: `maxIter` is below `eta`. */
export function bracketsOf({minIter = 1, maxIter, s = 1, eta}: HyperbandRule): number[] {
  if (maxIter === undefined) return Array.from({length: MOST_BRACKETS}, (_, i) => Math.floor(minIter * eta ** i));
  const brackets = [];
  for (let i = 0, bracket = maxIter / eta; i < s && bracket >= 1; i++, bracket /= eta)
    brackets.unshift(Math.floor(bracket));
  return brackets;
}

/** How a run stands at the last bracket that it has reached. */
export interface Verdict {
  readonly bracket: number;
  /** What decides: the run's best value so far, or that at the bracket. */
  readonly value: number;
  /** A worse value ends the run. */
  readonly threshold: number;
  /** Runs that have reached the bracket, with this one. */
  readonly runs: number;
  readonly isOver: boolean;
}

/**
 * Judges a run as W&B does: at a bracket the values of all runs that have reached it are sorted, and one that is worse than the value
 * at the place `1 / eta` of their number ends.
 * @param own - the run's values, one an evaluation, all finite; smaller is better
 * @param others - those of other runs
 * @returns undefined before the first bracket
 * @see {@link https://github.com/wandb/sweeps | wandb/sweeps}, `hyperband_stop_runs`; {@link https://arxiv.org/abs/1603.06560 | Hyperband}
 */
export function verdictOn(
  own: readonly number[],
  others: readonly (readonly number[])[],
  rule: HyperbandRule,
): Verdict | undefined {
  const bracket = bracketsOf(rule).findLast((each) => each <= own.length);
  if (bracket === undefined) return undefined;
  const reached = [own, ...others].filter((values) => values.length >= bracket);
  const sorted = reached.map((values) => values[bracket - 1]!).sort((a, b) => a - b);
  const threshold = sorted[Math.floor((1 / rule.eta) * sorted.length)]!;
  const value = rule.strict ? own[bracket - 1]! : own.reduce((best, each) => Math.min(best, each));
  return {bracket, value, threshold, runs: sorted.length, isOver: value > threshold};
}
