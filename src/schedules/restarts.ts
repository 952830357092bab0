import {z} from 'zod';
import {checkedDecay, type DecayOptions, decayOptions, endFactor} from './decay-options.js';
import type {EndOptions} from './decays.js';
import {cosineBetween, type Schedule} from './schedule.js';

/** Shapes in place of a decay in which the rate also rises. */

/** What warm restarts are laid out by. */
export interface SgdrOptions extends DecayOptions, EndOptions {
  /** How often the rate falls, an integer >= 1; default 3. */
  readonly periods?: number;
  /** How many times longer each period is than the one before, at least 1; default 2. */
  readonly growth?: number;
}

const sgdrOptions = decayOptions.extend({
  periods: z.int().min(1).default(3),
  growth: z.number().min(1).default(2),
  endFactor,
});

/**
 * Warm restarts (SGDR): half a cosine from `peak` to `endFactor * peak`, and again from `peak`, each `growth` times as long as the one
 * before; all `periods` of them fill the steps after the warm-up, and the last rate stays. Model and optimizer are left as they are.
 * Same values as torch's `CosineAnnealingWarmRestarts`.
 * @see {@link https://arxiv.org/abs/1608.03983 | Loshchilov & Hutter 2017}
 */
export function sgdr(options: SgdrOptions): Schedule {
  const {peak, steps, periods, growth, endFactor} = checkedDecay('sgdr', sgdrOptions, options);
  const lengths = Array.from({length: periods}, (_, i) => growth ** i);
  const first = steps / lengths.reduce((sum, length) => sum + length, 0);
  let end = 0;
  const spans = lengths.map((length) => {
    const start = end;
    end += length * first;
    return {start, length: length * first};
  });
  return (step) => {
    const {start, length} = spans.findLast((span) => span.start <= step) ?? spans[0]!;
    const fallen = (1 + Math.cos(Math.PI * Math.min((step - start) / length, 1))) / 2;
    return peak * (endFactor + (1 - endFactor) * fallen);
  };
}

/** What one cycle is laid out by. */
export interface OneCycleOptions extends DecayOptions {
  /** Share of the steps in which the rate rises, in (0, 1); default .3. */
  readonly pctStart?: number;
  /** The first rate is `peak` divided by it, at least 1; default 25. */
  readonly divFactor?: number;
  /** The last rate is the first one divided by it, at least 1; default 1e4. */
  readonly finalDivFactor?: number;
}

const oneCycleOptions = decayOptions.extend({
  pctStart: z.number().gt(0).lt(1).default(0.3),
  divFactor: z.number().min(1).default(25),
  finalDivFactor: z.number().min(1).default(1e4),
});

/**
 * One cycle: half a cosine from `peak / divFactor` up to `peak`, and one down to `peak / divFactor / finalDivFactor`, over the
 * steps after the warm-up, of which there best are none. Same values as torch's `OneCycleLR`: the last rate is that of step `T - 1`.
 * @see {@link https://arxiv.org/abs/1708.07120 | Smith & Topin 2018}
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  const {peak, steps, pctStart, divFactor, finalDivFactor} = checkedDecay('oneCycle', oneCycleOptions, options);
  const first = peak / divFactor;
  const last = first / finalDivFactor;
  const top = pctStart * steps - 1;
  const falling = steps - 1 - top;
  return (step) => {
    if (step <= top) return cosineBetween(first, peak, step / top);
    return cosineBetween(peak, last, Math.min((step - top) / falling, 1));
  };
}
