import type {Score} from './score.js';

/** How much faster than a reference a submission is. */
export interface Speedup {
  readonly submission: string;
  /** `reference / submission` by workload, where both reached the target: above 1, it is faster. */
  readonly byWorkload: {readonly [workload: string]: number};
  /** The geometric mean of these; undefined where there is none. */
  readonly mean: number | undefined;
  /** Workloads whose target only this one reached. */
  readonly onlyHere: readonly string[];
  /** Workloads whose target only the reference reached. */
  readonly onlyThere: readonly string[];
}

/**
 * Speed-ups against a submission of the pool, by the definition in AlgoPerf's documentation, over the workloads whose target both
 * reached: a time that is infinite has no ratio.
 * @throws RangeError if the reference is none of the submissions
 */
export function speedups(scores: readonly Score[], reference: string, workloads: readonly string[]): Speedup[] {
  const other = scores.find(({submission}) => submission === reference);
  if (!other) throw new RangeError(`reference must be one of the submissions, got ${reference}`);
  return scores.map(({submission, times}) => {
    const reached = (of: Score['times'], name: string) => Number.isFinite(of[name]!.median);
    const both = workloads.filter((name) => reached(times, name) && reached(other.times, name));
    const byWorkload = Object.fromEntries(both.map((name) => [name, other.times[name]!.median / times[name]!.median]));
    return {
      submission,
      byWorkload,
      mean: both.length === 0 ? undefined : geometricMean(Object.values(byWorkload)),
      onlyHere: workloads.filter((name) => reached(times, name) && !reached(other.times, name)),
      onlyThere: workloads.filter((name) => !reached(times, name) && reached(other.times, name)),
    };
  });
}

/** @param values - at least one, all above 0 */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/**
 * AlgoPerf's own number for a speed-up: the geometric mean of `submission / reference`, so that less is faster, with a target that was not
 * reached counted as its budget and a second.
 * @param budgets - seconds by workload
 * @returns undefined where a workload has no budget: AlgoPerf's code fails there
 */
export function algoperfSpeedup(
  {times}: Pick<Score, 'times'>,
  reference: Pick<Score, 'times'>,
  {workloads, budgets}: {readonly workloads: readonly string[]; readonly budgets: ReadonlyMap<string, number>},
): number | undefined {
  if (!workloads.every((name) => budgets.has(name))) return undefined;
  const secondsOf = (of: Score['times'], name: string) => {
    const {median} = of[name]!;
    return Number.isFinite(median) ? median : budgets.get(name)! + 1;
  };
  return geometricMean(workloads.map((name) => secondsOf(times, name) / secondsOf(reference.times, name)));
}
