import {z} from 'zod';
import {checkedOptions} from '../options/index.js';

/** What a decay is laid out by. */
export interface DecayOptions {
  /** The rate at the decay's first step. */
  readonly peak: number;
  /** `h`: length in steps of the whole cycle, warm-up and decay; an integer >= 1. */
  readonly cycleSteps: number;
  /** `w`: warm-up steps of the cycle, an integer in [0, cycleSteps]. Step 0 of the decay is the cycle's step `w`. */
  readonly warmupSteps: number;
}

/** The same as a schema, which each decay extends by its own. */
export const decayOptions = z.strictObject({peak: z.number(), cycleSteps: z.int().min(1), warmupSteps: z.int().min(0)});

/** A share, of the peak or of the steps. */
export const share = z.number().min(0).max(1);

/** The same above 0. */
export const shareAboveZero = z.number().gt(0).max(1);

/** The last rate as a share of the peak. */
export const endFactor = share.default(0);

/**
 * The options, and the decay's own steps `d = max(h - w, 1)`.
 * @param name - of the decay
 * @throws RangeError naming decay, option and the value it got
 */
export function checkedDecay<S extends typeof decayOptions>(
  name: string,
  schema: S,
  given: z.input<S>,
): z.output<S> & {readonly steps: number} {
  const options = checkedOptions(name, schema, given);
  const {cycleSteps, warmupSteps} = options;
  if (warmupSteps > cycleSteps)
    throw new RangeError(`${name}: warmupSteps must be at most cycleSteps (${cycleSteps}), got ${warmupSteps}`);
  return {...options, steps: Math.max(cycleSteps - warmupSteps, 1)};
}
