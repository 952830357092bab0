export interface Point {
  readonly step: number;
  readonly value: number;
}

/**
 * The values of steps `from` to `to` (exclusive) as a line that is drawn: all of them if there are few, else the smallest
 * and the largest of each bucket of steps, in order, and always the first and the last. At the width of a picture the
 * line looks the same.
 * @param buckets - at least 1
 */
export function reducedLine(rate: (step: number) => number, from: number, to: number, buckets: number): Point[] {
  const at = (step: number): Point => ({step, value: rate(step)});
  const count = to - from;
  if (count <= 2 * buckets) return Array.from({length: count}, (_, i) => at(from + i));
  const points: Point[] = [at(from)];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = from + Math.floor((bucket * count) / buckets);
    const end = from + Math.floor(((bucket + 1) * count) / buckets);
    let [low, high] = [at(start), at(start)];
    for (let step = start + 1; step < end; step++) {
      const point = at(step);
      if (point.value < low.value) low = point;
      if (point.value > high.value) high = point;
    }
    points.push(...(low.step < high.step ? [low, high] : [high, low]));
  }
  points.push(at(to - 1));
  return points.filter((point, i) => i === 0 || point.step > points[i - 1]!.step);
}
