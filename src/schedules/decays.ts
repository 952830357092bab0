import {requireFinite, requireInRange, requireNonNegativeInteger, requirePositiveInteger} from '../support/index.js';
import type {Schedule} from './schedule.js';

/** What a decay is laid out by. */
export interface DecayOptions {
  /** The rate at the decay's first step. */
  readonly peak: number;
  /** `h`: length in steps of the whole cycle, warm-up and decay; an integer >= 1. */
  readonly cycleSteps: number;
  /** `w`: warm-up steps of the cycle, an integer in [0, cycleSteps]. Step 0 of the decay is the cycle's step `w`. */
  readonly warmupSteps: number;
}

/** Share of a cycle for which the exponential and the linear decay hold the peak, after `w` steps of their own clock. */
const HOLD = 0.2;

/** `rate(t) = peak * (1 + cos(pi min(t, T) / T)) / 2`, `T = max(h - w, 1)`. Same values as `optax.cosine_decay_schedule`. */
export function cosineDecay(options: DecayOptions): Schedule {
  const {peak, cycleSteps, warmupSteps} = checked(options);
  const steps = Math.max(cycleSteps - warmupSteps, 1);
  return (step) => (peak * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps))) / 2;
}

/**
 * `peak` until `b = w + .2 h`, then `peak * .1 ** ((t - b) / (.6 h))`. `b` counts on the decay's own clock, as in the
 * algorithm's origin: after a warm-up of `w` steps the cycle's rate starts to fall at its step `2 w + .2 h`.
 */
export function exponentialDecay(options: DecayOptions): Schedule {
  const {peak, cycleSteps, warmupSteps} = checked(options);
  const begin = warmupSteps + HOLD * cycleSteps;
  return (step) => (step <= begin ? peak : peak * 0.1 ** ((step - begin) / (0.6 * cycleSteps)));
}

/** `peak` until `b = w + .2 h` (on the decay's own clock), then straight to 0 over `max(h - 2 w - .2 h, 1)` steps, and 0 after. */
export function linearDecay(options: DecayOptions): Schedule {
  const {peak, cycleSteps, warmupSteps} = checked(options);
  const begin = warmupSteps + HOLD * cycleSteps;
  const steps = Math.max(cycleSteps - 2 * warmupSteps - HOLD * cycleSteps, 1);
  return (step) => peak * (1 - Math.min(Math.max(step - begin, 0) / steps, 1));
}

/** What a polynomial decay is laid out by. */
export interface PolynomialDecayOptions extends DecayOptions {
  /** Above 0; default 1, a straight line. */
  readonly power?: number;
  /** The last rate as a share of `peak`, in [0, 1]; default 0. */
  readonly endFactor?: number;
  /** Share of the steps after the warm-up over which the rate falls, in (0, 1]; default 1. */
  readonly decayStepsFactor?: number;
}

/**
 * `rate(t) = end + (peak - end) * (1 - min(t, T) / T) ** power`, `end = endFactor * peak`,
 * `T = max(floor((h - w) * decayStepsFactor), 1)`. Same values as `optax.polynomial_schedule`; with power 1 AlgoPerf's linear decay.
 */
export function polynomialDecay(options: PolynomialDecayOptions): Schedule {
  const {power = 1, endFactor = 0, decayStepsFactor = 1} = options;
  const {peak, cycleSteps, warmupSteps} = checked(options);
  if (!(power > 0 && power < Number.POSITIVE_INFINITY)) throw new RangeError(`power must be above 0, got ${power}`);
  requireInRange('endFactor', endFactor, 0, 1);
  if (!(decayStepsFactor > 0 && decayStepsFactor <= 1))
    throw new RangeError(`decayStepsFactor must be in (0, 1], got ${decayStepsFactor}`);
  const steps = Math.max(Math.floor((cycleSteps - warmupSteps) * decayStepsFactor), 1);
  const end = endFactor * peak;
  return (step) => end + (peak - end) * (1 - Math.min(step, steps) / steps) ** power;
}

/** `peak` for ever. */
export function constantDecay(options: DecayOptions): Schedule {
  const {peak} = checked(options);
  return () => peak;
}

function checked(options: DecayOptions): DecayOptions {
  requireFinite('peak', options.peak);
  requirePositiveInteger('cycleSteps', options.cycleSteps);
  requireNonNegativeInteger('warmupSteps', options.warmupSteps);
  if (options.warmupSteps > options.cycleSteps) {
    throw new RangeError(`warmupSteps must be at most cycleSteps (${options.cycleSteps}), got ${options.warmupSteps}`);
  }
  return options;
}

/** The decays by the names that a config gives them. */
export const decays = {
  cosine: cosineDecay,
  exponential: exponentialDecay,
  linear: linearDecay,
  constant: constantDecay,
};
