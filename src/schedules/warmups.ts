import {requireFinite, requireInRange, requireNonNegativeInteger} from '../support/index.js';
import {requireAbove} from './decay-options.js';
import type {Schedule} from './schedule.js';

/** What a warm-up is laid out by. */
export interface WarmupOptions {
  /** The rate that the warm-up leads to. */
  readonly peak: number;
  /** Length in steps, an integer >= 0; with 0 the rate is `peak` at once. */
  readonly warmupSteps: number;
  /** The first rate as a share of `peak`, in [0, 1]; default 0, of an exponential warm-up .001, which can't begin at 0. */
  readonly startFactor?: number;
}

/** `rate(t) = peak * t / w`: 0 at step 0 (or what `startFactor` says), `peak` at step `w` and after. As `optax.linear_schedule`. */
export function linearWarmup(options: WarmupOptions): Schedule {
  return warmup(options, (share) => share);
}

/** `rate(t) = peak * (1 - cos(pi t / w)) / 2`: 0 at step 0 (or what `startFactor` says), `peak` at step `w` and after. */
export function cosineWarmup(options: WarmupOptions): Schedule {
  return warmup(options, (share) => (1 - Math.cos(Math.PI * share)) / 2);
}

/** `rate(t) = peak * (1 - (1 - t / w) ** power)`: 0 at step 0 (or what `startFactor` says), `peak` at step `w`. As `optax.polynomial_schedule`. */
export function polynomialWarmup({power = 2, ...options}: WarmupOptions & {readonly power?: number}): Schedule {
  requireAbove('power', power, 0);
  return warmup(options, (share) => 1 - (1 - share) ** power);
}

/** Geometric from `peak * startFactor` at step 0 to `peak` at step `w` and after: `rate(t) = peak * 1e-3 ** (1 - t / w)`. */
export function exponentialWarmup({startFactor = 1e-3, ...options}: WarmupOptions): Schedule {
  requireInRange('startFactor', startFactor, Number.MIN_VALUE, 1);
  return warmup(options, (share) => startFactor ** (1 - share));
}

/** No warm-up: `peak` from step 0. @throws RangeError if `warmupSteps` is not 0 */
export function noWarmup(options: WarmupOptions): Schedule {
  if (options.warmupSteps !== 0)
    throw new RangeError(`warmupSteps must be 0 without a warm-up, got ${options.warmupSteps}`);
  return warmup(options, () => 1);
}

/** @param shape - a share of the steps to one of the way from the first rate to the peak */
function warmup({peak, warmupSteps, startFactor = 0}: WarmupOptions, shape: (share: number) => number): Schedule {
  requireFinite('peak', peak);
  requireNonNegativeInteger('warmupSteps', warmupSteps);
  requireInRange('startFactor', startFactor, 0, 1);
  return (step) => (step >= warmupSteps ? peak : peak * (startFactor + (1 - startFactor) * shape(step / warmupSteps)));
}
