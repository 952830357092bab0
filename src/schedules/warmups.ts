import {requireFinite, requireNonNegativeInteger} from '../support/index.js';
import type {Schedule} from './schedule.js';

/** What a warm-up is laid out by. */
export interface WarmupOptions {
  /** The rate that the warm-up leads to. */
  readonly peak: number;
  /** Length in steps, an integer >= 0; with 0 the rate is `peak` at once. */
  readonly warmupSteps: number;
}

/** A warm-up begins here, as a share of its peak, if it is geometric: 0 can't be its start. */
const EXPONENTIAL_START = 1e-3;

/** `rate(t) = peak * t / w`: 0 at step 0, `peak` at step `w` and after. Same values as `optax.linear_schedule`. */
export function linearWarmup(options: WarmupOptions): Schedule {
  return warmup(options, (share) => share);
}

/** `rate(t) = peak * (1 - cos(pi t / w)) / 2`: 0 at step 0, `peak` at step `w` and after. */
export function cosineWarmup(options: WarmupOptions): Schedule {
  return warmup(options, (share) => (1 - Math.cos(Math.PI * share)) / 2);
}

/** Geometric from `peak * 1e-3` at step 0 to `peak` at step `w` and after: `rate(t) = peak * 1e-3 ** (1 - t / w)`. */
export function exponentialWarmup(options: WarmupOptions): Schedule {
  return warmup(options, (share) => EXPONENTIAL_START ** (1 - share));
}

/** No warm-up: `peak` from step 0. @throws RangeError if `warmupSteps` is not 0 */
export function noWarmup(options: WarmupOptions): Schedule {
  if (options.warmupSteps !== 0)
    throw new RangeError(`warmupSteps must be 0 without a warm-up, got ${options.warmupSteps}`);
  return warmup(options, () => 1);
}

function warmup({peak, warmupSteps}: WarmupOptions, shape: (share: number) => number): Schedule {
  requireFinite('peak', peak);
  requireNonNegativeInteger('warmupSteps', warmupSteps);
  return (step) => (step >= warmupSteps ? peak : peak * shape(step / warmupSteps));
}

/** The warm-ups by the names that a config gives them. */
export const warmups = {linear: linearWarmup, cosine: cosineWarmup, exponential: exponentialWarmup, none: noWarmup};
