/** A point of a line; a value that is not finite is NaN, and leaves a gap in the line. */
export interface Point {
  readonly step: number;
  readonly value: number;
}

/**
 * The values of steps `from` to `to` (exclusive) as a line that is drawn: all of them if there are few, else the smallest
 * and the largest of each bucket of steps, in order, and always the first and the last. At the width of a picture the
 * line looks the same. A bucket has a gap only where none of its values is finite.
 * @param buckets - at least 1
 */
export function reducedLine(rate: (step: number) => number, from: number, to: number, buckets: number): Point[] {
  const at = (step: number): Point => {
    const value = rate(step);
    return {step, value: Number.isFinite(value) ? value : Number.NaN};
  };
  const count = to - from;
  if (count <= 2 * buckets) return Array.from({length: count}, (_, i) => at(from + i));
  const points: Point[] = [at(from)];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = from + Math.floor((bucket * count) / buckets);
    const end = from + Math.floor(((bucket + 1) * count) / buckets);
    let low = at(start);
    let high = low;
    for (let step = start + 1; step < end; step++) {
      const point = at(step);
      if (Number.isNaN(point.value)) continue;
      // Negated, so that a number takes the place of NaN.
      if (!(point.value >= low.value)) low = point;
      if (!(point.value <= high.value)) high = point;
    }
    points.push(...(low.step < high.step ? [low, high] : [high, low]));
  }
  points.push(at(to - 1));
  return points.filter((point, i) => i === 0 || point.step > points[i - 1]!.step);
}

/** The smallest and the largest of the finite values; [0, 0] if there are none. */
export function rangeOf(values: readonly number[]): [low: number, high: number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 0];
  return [finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))];
}
