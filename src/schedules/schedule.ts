/** The learning rate of a step. Steps count from 0; past its length a schedule stays at its last value. */
export type Schedule = (step: number) => number;

/**
 * Schedules one after the other: part `i + 1` begins at `boundaries[i]` and counts its steps from there.
 * @param boundaries - one fewer than the parts, ascending
 * @throws RangeError if there are not as many boundaries as the parts need, or they do not ascend
 * @see `optax.join_schedules`
 */
export function joinSchedules(parts: readonly Schedule[], boundaries: readonly number[]): Schedule {
  if (parts.length !== boundaries.length + 1) {
    throw new RangeError(`${parts.length} schedules need ${parts.length - 1} boundaries, got ${boundaries.length}`);
  }
  if (boundaries.some((boundary, i) => boundary < (boundaries[i - 1] ?? 0))) {
    throw new RangeError(`boundaries must ascend from 0, got ${boundaries.join(', ')}`);
  }
  return (step) => {
    const part = partitionPoint(boundaries.length, (i) => boundaries[i]! <= step);
    return parts[part]!(step - (boundaries[part - 1] ?? 0));
  };
}

/** The first of `length` indices for which `isBefore` does not hold, or `length`; it holds for none that comes after one. */
export function partitionPoint(length: number, isBefore: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Half a cosine: `from` at share 0, `to` at share 1. */
export function cosineBetween(from: number, to: number, share: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
}
