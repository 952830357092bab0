import type {DrawnSchedule} from '../contract/index.js';
import {type Point, reducedLine} from './reduce.js';

/** Buckets of a whole schedule, of which each leaves at most two steps: a few points for each pixel of the picture's width. */
const BUCKETS = 2000;

/** Buckets of a cycle at least; where the cycles are very many, one must do. */
const LEAST_BUCKETS = {few: 10, many: 1};
const MANY_CYCLES = BUCKETS / LEAST_BUCKETS.few;

/** The learning rate of one step of a schedule. */
export interface SchedulePoint {
  /** Counts from 1. */
  readonly cycle: number;
  /** Steps before it: the first one is 0. */
  readonly step: number;
  /** NaN where it is not finite. */
  readonly value: number;
}

/**
 * The learning rate of a schedule's steps, cycle by cycle: of every step of a cycle that is short, else of its first and last step
 * and of the smallest and largest rate in each of its buckets, which share 2000 by the cycles' lengths.
 */
export function schedulePoints({learningRate, totalSteps, cycles, turns}: DrawnSchedule): SchedulePoint[] {
  const spans = cycles.length > 0 ? cycles : [{start: 0, end: totalSteps}];
  const least = spans.length > MANY_CYCLES ? LEAST_BUCKETS.many : LEAST_BUCKETS.few;
  const sorted = turns && [...turns].sort((a, b) => a - b);
  return spans.flatMap(({start, end}, i) => {
    if (end <= start) return [];
    const buckets = Math.max(least, Math.round((BUCKETS * (end - start)) / totalSteps));
    const within = sorted?.slice(firstFrom(sorted, start), firstFrom(sorted, end + 1));
    const part = reducedLine(learningRate, {from: start, to: end, buckets, turns: within});
    return part.map((point) => ({cycle: i + 1, ...point}));
  });
}

/** The place of the first of the ascending values that is at least `from`. */
function firstFrom(values: readonly number[], from: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The line of a schedule's points, in drawing order. A cycle's last rate holds until the boundary, where the next cycle's first
 * one takes its place, so that a jump is upright.
 */
export function lineOfPoints(points: readonly SchedulePoint[]): Point[] {
  return points.flatMap(({cycle, step, value}, i) => {
    const isLast = points[i + 1]?.cycle !== cycle;
    return isLast
      ? [
          {step, value},
          {step: step + 1, value},
        ]
      : [{step, value}];
  });
}

/** The line of a schedule, in drawing order. */
export function scheduleLine(schedule: DrawnSchedule): Point[] {
  return lineOfPoints(schedulePoints(schedule));
}
