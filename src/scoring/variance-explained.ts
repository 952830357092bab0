/** Groups that a parameter of more different numbers is divided into. */
const MOST_GROUPS = 5;

/**
 * How much of the variance of outcomes a parameter explains by itself: the variance between the groups of its values as a share of
 * the whole, corrected for the number of groups (epsilon squared, which is also the adjusted R² of a one-way analysis of variance), so
 * that a parameter without effect is near 0 however many values it has. A parameter of more than five different numbers is
 * divided into five groups of about equally many runs by size; equal numbers stay together. What a parameter does only in combination
 * with others is not seen, and where parameters were not varied independently of each other they share what either explains.
 * @param values - the parameter's value in each run
 * @param outcomes - finite, one for each run
 * @returns from 0 to 1; undefined if there is a single group, no group of two runs, or no variance
 * @throws RangeError unless there are as many outcomes as values
 * @see Kelley, An Unbiased Correlation Ratio Measure, 1935
 */
export function varianceExplained(
  values: readonly (number | string)[],
  outcomes: readonly number[],
): number | undefined {
  if (values.length !== outcomes.length)
    throw new RangeError(`there must be one outcome for each of ${values.length} values, got ${outcomes.length}`);
  const groups = [...groupsOf(values, outcomes).values()];
  const freedom = outcomes.length - groups.length;
  const total = squares(outcomes);
  if (groups.length < 2 || freedom < 1 || total === 0) return undefined;
  const within = groups.reduce((sum, group) => sum + squares(group), 0);
  return Math.max(0, 1 - within / freedom / (total / (outcomes.length - 1)));
}

/** Sum of the squared distances from the mean. */
function squares(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

function groupsOf(
  values: readonly (number | string)[],
  outcomes: readonly number[],
): ReadonlyMap<number | string, readonly number[]> {
  const numbers = values.filter((value) => typeof value === 'number').sort((a, b) => a - b);
  const isDivided = numbers.length === values.length && new Set(numbers).size > MOST_GROUPS;
  const groupOf = (value: number | string) =>
    isDivided ? Math.floor((MOST_GROUPS * numbers.indexOf(value as number)) / numbers.length) : value;
  const groups = new Map<number | string, number[]>();
  for (const [i, value] of values.entries()) {
    const key = groupOf(value);
    const group = groups.get(key);
    if (group) group.push(outcomes[i]!);
    else groups.set(key, [outcomes[i]!]);
  }
  return groups;
}
