import {POSITIVE_INFINITY} from './pool.js';

/** How many times slower than the fastest a submission may be on a workload: exactly so many still count. */
export const MOST_RATIO = 4;

/** The points at which AlgoPerf's code looks at a profile: a hundred from 1 to 4, as numpy's `linspace` spaces them. */
export const TAU: readonly number[] = Array.from({length: 100}, (_, i) => (i === 99 ? MOST_RATIO : i * (3 / 99) + 1));

/** The least of times; Infinity where none is finite. */
export function fastest(times: readonly number[]): number {
  return times.reduce((least, time) => Math.min(least, time), POSITIVE_INFINITY);
}

/** A time, or Infinity where it is more than {@link MOST_RATIO} times the fastest one. */
export function withinRatio(time: number, fastestTime: number): number {
  return time > MOST_RATIO * fastestTime ? POSITIVE_INFINITY : time;
}

/** How many times longer a time is than another; Infinity where it is infinite, 0 where only the other is. */
export function ratioTo(time: number, other: number): number {
  if (!Number.isFinite(time)) return POSITIVE_INFINITY;
  return time === other ? 1 : time / other;
}

/** The share of workloads that a submission finished within `tau` times the time that its ratios are to. */
export function profileAt(ratios: readonly number[], tau: number, count = ratios.length): number {
  return ratios.filter((ratio) => ratio <= tau).length / count;
}

/**
 * The area under the profile from 1 to 4, as a share of all: the mean over the workloads of `(4 - max(1, ratio)) / 3`, 0 where the ratio
 * is above 4. The same ratios on other workloads give the same area to the last bit.
 */
export function exactArea(ratios: readonly number[]): number {
  const parts = ratios.map((ratio) => Math.max(0, MOST_RATIO - Math.max(1, ratio)) / (MOST_RATIO - 1));
  parts.sort((a, b) => a - b);
  return parts.reduce((sum, part) => sum + part, 0) / ratios.length;
}

/**
 * The area under the profile as AlgoPerf's code has it, to the last bit: the trapezoid rule over {@link TAU}.
 * @param count - of workloads that the profile is a share of
 * @param isAlone - whether the pool has no other submission: numpy then adds in another order
 */
export function trapezoidArea(ratios: readonly number[], count: number, isAlone: boolean): number {
  const rho = TAU.map((tau) => profileAt(ratios, tau, count));
  const parts = TAU.slice(1).map((tau, i) => ((tau - TAU[i]!) * (rho[i + 1]! + rho[i]!)) / 2);
  return (isAlone ? sumInEights(parts) : parts.reduce((sum, part) => sum + part, 0)) / (MOST_RATIO - 1);
}

/** A sum as numpy makes it of up to 128 numbers that lie side by side: in eight rows. */
function sumInEights(values: readonly number[]): number {
  const whole = values.length - (values.length % 8);
  const rows = values.slice(0, 8);
  for (let at = 8; at < whole; at++) rows[at % 8]! += values[at]!;
  const [a, b, c, d, e, f, g, h] = rows as [number, number, number, number, number, number, number, number];
  return values.slice(whole).reduce((sum, value) => sum + value, a + b + (c + d) + (e + f + (g + h)));
}

/** A place where a profile rises. */
export interface ProfileStep {
  readonly tau: number;
  readonly share: number;
}

/** A profile as the steps that it rises by from 1 to 4; before the first one it is 0. */
export function profileSteps(ratios: readonly number[], count = ratios.length): ProfileStep[] {
  const places = ratios.map((ratio) => Math.max(1, ratio)).filter((ratio) => ratio <= MOST_RATIO);
  return [...new Set(places)].sort((a, b) => a - b).map((tau) => ({tau, share: profileAt(ratios, tau, count)}));
}
