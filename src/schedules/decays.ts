import {z} from 'zod';
import {checkedDecay, type DecayOptions, decayOptions, endFactor, shareAboveZero} from './decay-options.js';
import type {Schedule} from './schedule.js';

/** Further options of most decays. */
export interface EndOptions {
  /** The last rate as a share of `peak`, in [0, 1]; default 0. */
  readonly endFactor?: number;
}

/** Share of a cycle for which the exponential and the linear decay hold the peak, after `w` steps of their own clock. */
const HOLD = 0.2;

/** The schemas of what the decays are laid out by. */
const schemas = {
  cosine: decayOptions.extend({endFactor}),
  polynomial: decayOptions.extend({
    power: z.number().gt(0).default(2),
    endFactor,
    decayStepsFactor: shareAboveZero.default(1),
  }),
  geometric: decayOptions.extend({endFactor: shareAboveZero.default(0.01)}),
  inverseSqrt: decayOptions.extend({timescale: z.number().gt(0).optional()}),
  stable: decayOptions.extend({
    decayShare: shareAboveZero.default(0.2),
    endFactor,
    cooldown: z.enum(['linear', 'sqrt']).default('linear'),
  }),
};

/**
 * `rate(t) = peak * (e + (1 - e) * (1 + cos(pi min(t, T) / T)) / 2)`, `T = max(h - w, 1)`, `e` the end factor. Same values as
 * `optax.cosine_decay_schedule`, whose `alpha` is `e`.
 */
export function cosineDecay(options: DecayOptions & EndOptions): Schedule {
  const {peak, steps, endFactor} = checkedDecay('cosineDecay', schemas.cosine, options);
  return (step) => {
    const fallen = (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps)) / 2;
    return peak * (endFactor + (1 - endFactor) * fallen);
  };
}

/**
 * `peak` until `b = w + .2 h`, then `peak * .1 ** ((t - b) / (.6 h))`. `b` counts on the decay's own clock, as in the
 * algorithm's origin: after a warm-up of `w` steps the cycle's rate starts to fall at its step `2 w + .2 h`.
 */
export function exponentialDecay(options: DecayOptions): Schedule {
  const {peak, cycleSteps, warmupSteps} = checkedDecay('exponentialDecay', decayOptions, options);
  const begin = warmupSteps + HOLD * cycleSteps;
  return (step) => (step <= begin ? peak : peak * 0.1 ** ((step - begin) / (0.6 * cycleSteps)));
}

/** `peak` until `b = w + .2 h` (on the decay's own clock), then straight to 0 over `max(h - 2 w - .2 h, 1)` steps, and 0 after. */
export function linearDecay(options: DecayOptions): Schedule {
  const {peak, cycleSteps, warmupSteps} = checkedDecay('linearDecay', decayOptions, options);
  const begin = warmupSteps + HOLD * cycleSteps;
  const steps = Math.max(cycleSteps - 2 * warmupSteps - HOLD * cycleSteps, 1);
  return (step) => peak * (1 - Math.min(Math.max(step - begin, 0) / steps, 1));
}

/** `peak` forever. */
export function constantDecay(options: DecayOptions): Schedule {
  const {peak} = checkedDecay('constantDecay', decayOptions, options);
  return () => peak;
}

/** What a polynomial decay is laid out by. */
export interface PolynomialDecayOptions extends DecayOptions, EndOptions {
  /** Above 0; 1 is a straight line; default 2. */
  readonly power?: number;
  /** Share of the steps after the warm-up over which the rate falls, in (0, 1]; default 1. */
  readonly decayStepsFactor?: number;
}

/**
 * `rate(t) = end + (peak - end) * (1 - min(t, T) / T) ** power`, `end = endFactor * peak`,
 * `T = max(floor((h - w) * decayStepsFactor), 1)`. Same values as `optax.polynomial_schedule`; with power 1 AlgoPerf's linear decay.
 */
export function polynomialDecay(options: PolynomialDecayOptions): Schedule {
  const {peak, power, endFactor, decayStepsFactor, ...laidOut} = checkedDecay(
    'polynomialDecay',
    schemas.polynomial,
    options,
  );
  const steps = Math.max(Math.floor(laidOut.steps * decayStepsFactor), 1);
  const end = endFactor * peak;
  return (step) => end + (peak - end) * (1 - Math.min(step, steps) / steps) ** power;
}

/**
 * By the same factor at each step: `rate(t) = peak * endFactor ** (min(t, T) / T)`, `T = max(h - w, 1)`. Same values as
 * `optax.exponential_decay` and torch's `ExponentialLR`.
 * @param options.endFactor - above 0, at most 1; default .01
 */
export function geometricDecay(options: DecayOptions & EndOptions): Schedule {
  const {peak, steps, endFactor} = checkedDecay('geometricDecay', schemas.geometric, options);
  return (step) => peak * endFactor ** (Math.min(step, steps) / steps);
}

/** What an inverse square root is laid out by. */
export interface InverseSqrtDecayOptions extends DecayOptions {
  /** Steps in which the rate falls to `peak / sqrt(2)`, above 0; default the warm-up's, or 1. */
  readonly timescale?: number;
}

/**
 * `rate(t) = peak * sqrt(s / (s + t))`, `s` the timescale. With the default the whole cycle is that of the first transformer:
 * `peak * sqrt(w / step)` after `w` steps of linear warm-up.
 * @see {@link https://arxiv.org/abs/1706.03762 | Vaswani et al. 2017}, section 5.3
 */
export function inverseSqrtDecay(options: InverseSqrtDecayOptions): Schedule {
  const {peak, warmupSteps, timescale} = checkedDecay('inverseSqrtDecay', schemas.inverseSqrt, options);
  const scale = timescale ?? Math.max(warmupSteps, 1);
  return (step) => peak * Math.sqrt(scale / (scale + step));
}

/** What a stable stretch with a decay after it is laid out by. */
export interface StableDecayOptions extends DecayOptions, EndOptions {
  /** Share of the steps after the warm-up in which the rate falls, in (0, 1]; default .2. */
  readonly decayShare?: number;
  /** The way down: a straight line (default), or `1 - sqrt(x)`, which falls fast first. */
  readonly cooldown?: 'linear' | 'sqrt';
}

/**
 * Warm-up, stable, decay: `peak`, and in the last `T = max(floor(decayShare * (h - w)), 1)` steps down to `endFactor * peak`.
 * @see {@link https://arxiv.org/abs/2404.06395 | Hu et al. 2024}, and for `sqrt` {@link https://arxiv.org/abs/2405.18392 | Hägele et
 * al. 2024}
 */
export function stableDecay(options: StableDecayOptions): Schedule {
  const {peak, steps, decayShare, endFactor, cooldown} = checkedDecay('stableDecay', schemas.stable, options);
  const falling = Math.max(Math.floor(decayShare * steps), 1);
  const begin = steps - falling;
  return (step) => {
    const share = Math.min(Math.max(step - begin, 0) / falling, 1);
    return peak * (1 - (1 - endFactor) * (cooldown === 'sqrt' ? Math.sqrt(share) : share));
  };
}
