/** A point of a line; a value that is not finite is NaN, and leaves a gap in the line. */
export interface Point {
  readonly step: number;
  readonly value: number;
}

/** Which steps of a line are drawn, and how finely. */
export interface Reduction {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** At least 1. */
  readonly buckets: number;
  /** As in `DrawnSchedule`: where they are given, only steps beside them and at a bucket's ends are looked at. */
  readonly turns?: readonly number[] | undefined;
}

/**
 * The values of steps `from` to `to` (exclusive) as a line that is drawn: all of them if there are few, else the smallest
 * and the largest of each bucket of steps, in order, and always the first and the last. At the width of a picture the
 * line looks the same. A bucket has a gap only where none of its values is finite.
 */
export function reducedLine(rate: (step: number) => number, {from, to, buckets, turns}: Reduction): Point[] {
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
    points.push(...extremesOf(at, turns ? cornersOf(start, end, turns) : stepsOf(start, end)));
  }
  points.push(at(to - 1));
  return points.filter((point, i) => i === 0 || point.step > points[i - 1]!.step);
}

/** The smallest and the largest value at the steps, in the order in which they come. */
function extremesOf(at: (step: number) => Point, steps: Iterable<number>): Point[] {
  let low: Point | undefined;
  let high: Point | undefined;
  for (const step of steps) {
    const point = at(step);
    low ??= point;
    high ??= point;
    if (Number.isNaN(point.value)) continue;
    // Negated, so that a number takes the place of NaN.
    if (!(point.value >= low.value)) low = point;
    if (!(point.value <= high.value)) high = point;
  }
  if (!low || !high) return [];
  return low.step < high.step ? [low, high] : [high, low];
}

function* stepsOf(start: number, end: number): Generator<number> {
  for (let step = start; step < end; step++) yield step;
}

/** The steps of a bucket that can hold its extremes, ascending: between two turns it is one of the ends. */
function cornersOf(start: number, end: number, turns: readonly number[]): number[] {
  const beside = turns.flatMap((turn) => [turn - 1, turn]).filter((step) => step > start && step < end - 1);
  return [start, ...beside.sort((a, b) => a - b), end - 1];
}

/** The smallest and the largest of the finite values; [0, 0] if there are none. */
export function rangeOf(values: readonly number[]): [low: number, high: number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 0];
  return [finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))];
}
