import {z} from 'zod';
import {checkedOptions} from '../options/index.js';
import {share, shareAboveZero} from './decay-options.js';
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

const warmupOptions = z.strictObject({peak: z.number(), warmupSteps: z.int().min(0), startFactor: share.default(0)});

const polynomialOptions = warmupOptions.extend({power: z.number().gt(0).default(2)});

const exponentialOptions = warmupOptions.extend({startFactor: shareAboveZero.default(1e-3)});

/** `rate(t) = peak * t / w`: 0 at step 0 (or what `startFactor` says), `peak` at step `w` and after. As `optax.linear_schedule`. */
export function linearWarmup(options: WarmupOptions): Schedule {
  return warmup(checkedOptions('linearWarmup', warmupOptions, options), (share) => share);
}

/** `rate(t) = peak * (1 - cos(pi t / w)) / 2`: 0 at step 0 (or what `startFactor` says), `peak` at step `w` and after. */
export function cosineWarmup(options: WarmupOptions): Schedule {
  const checked = checkedOptions('cosineWarmup', warmupOptions, options);
  return warmup(checked, (share) => (1 - Math.cos(Math.PI * share)) / 2);
}

/** `rate(t) = peak * (1 - (1 - t / w) ** power)`: 0 at step 0 (or what `startFactor` says), `peak` at step `w`. As `optax.polynomial_schedule`. */
export function polynomialWarmup(options: WarmupOptions & {readonly power?: number}): Schedule {
  const {power, ...others} = checkedOptions('polynomialWarmup', polynomialOptions, options);
  return warmup(others, (share) => 1 - (1 - share) ** power);
}

/** Geometric from `peak * startFactor` at step 0 to `peak` at step `w` and after: `rate(t) = peak * 1e-3 ** (1 - t / w)`. */
export function exponentialWarmup(options: WarmupOptions): Schedule {
  const {startFactor, ...others} = checkedOptions('exponentialWarmup', exponentialOptions, options);
  return warmup({...others, startFactor: 0}, (share) => startFactor ** (1 - share));
}

/** No warm-up: `peak` from step 0. @throws RangeError if `warmupSteps` is not 0 */
export function noWarmup(options: WarmupOptions): Schedule {
  const {peak, warmupSteps} = checkedOptions('noWarmup', warmupOptions.omit({startFactor: true}), options);
  if (warmupSteps !== 0) throw new RangeError(`noWarmup: warmupSteps must be 0 without a warm-up, got ${warmupSteps}`);
  return () => peak;
}

/** @param shape - a share of the steps to one of the way from the first rate to the peak */
function warmup({peak, warmupSteps, startFactor}: Required<WarmupOptions>, shape: (share: number) => number): Schedule {
  return (step) => (step >= warmupSteps ? peak : peak * (startFactor + (1 - startFactor) * shape(step / warmupSteps)));
}
