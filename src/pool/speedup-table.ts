import {algoperfSpeedup, type Score, type Scoring, type Speedup, speedups} from '../scoring/index.js';
import {speedupBudgets} from './algoperf-targets.js';
import type {TuningRuleset} from './targets.js';

/** How much faster than one submission the others are. */
export interface SpeedupTable {
  readonly over: string;
  /** In the order of the scores. */
  readonly rows: readonly (Speedup & {
    /**
     * AlgoPerf's own number, under its rules and by time: the mean of `submission / reference`, targets that were missed counted as the budgets
     * of v0.5 and a second. Null otherwise, and where its code fails for want of a budget.
     */
    readonly algoperf: number | null;
  })[];
}

/** Speed-ups over one of the submissions, the largest first. */
export function speedupTable(
  scores: readonly Score[],
  {over, scoring, ruleset}: {readonly over: string; readonly scoring: Scoring; readonly ruleset: TuningRuleset},
): SpeedupTable {
  const {workloads, rules = 'written', by = 'time'} = scoring;
  const reference = scores.find(({submission}) => submission === over)!;
  const options = {workloads, budgets: speedupBudgets(ruleset)};
  const isCompat = rules !== 'written' && by === 'time';
  const rows = speedups(scores, over, workloads).map((each, i) => ({
    ...each,
    algoperf: isCompat ? (algoperfSpeedup(scores[i]!, reference, options) ?? null) : null,
  }));
  return {over, rows: rows.sort((a, b) => (b.mean ?? 0) - (a.mean ?? 0))};
}
