/**
 * The median: of an even number of values the mean of the two in the middle, as numpy has it, so that one infinite value of these
 * makes it infinite.
 * @throws RangeError if there is no value
 */
export function median(values: ArrayLike<number>): number {
  if (values.length === 0) throw new RangeError('values must hold at least one number');
  return medianOfSorted(Float64Array.from(values).sort());
}

/** The median of values in ascending order; see {@link median}. */
export function medianOfSorted(sorted: ArrayLike<number>): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
