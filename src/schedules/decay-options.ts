import {requireFinite, requireNonNegativeInteger, requirePositiveInteger} from '../support/index.js';

/** What a decay is laid out by. */
export interface DecayOptions {
  /** The rate at the decay's first step. */
  readonly peak: number;
  /** `h`: length in steps of the whole cycle, warm-up and decay; an integer >= 1. */
  readonly cycleSteps: number;
  /** `w`: warm-up steps of the cycle, an integer in [0, cycleSteps]. Step 0 of the decay is the cycle's step `w`. */
  readonly warmupSteps: number;
}

/** The options, and the decay's own steps `d = max(h - w, 1)`. @throws RangeError naming the option and the value it got */
export function checkedDecay(options: DecayOptions): DecayOptions & {readonly steps: number} {
  const {peak, cycleSteps, warmupSteps} = options;
  requireFinite('peak', peak);
  requirePositiveInteger('cycleSteps', cycleSteps);
  requireNonNegativeInteger('warmupSteps', warmupSteps);
  if (warmupSteps > cycleSteps)
    throw new RangeError(`warmupSteps must be at most cycleSteps (${cycleSteps}), got ${warmupSteps}`);
  return {peak, cycleSteps, warmupSteps, steps: Math.max(cycleSteps - warmupSteps, 1)};
}

/** @throws RangeError unless the value is finite and above `low`, or, if that is allowed, equal to it */
export function requireAbove(name: string, value: number, low: number, inclusive = false): void {
  const isAbove = value > low || (inclusive && value === low);
  if (isAbove && value < Number.POSITIVE_INFINITY) return;
  throw new RangeError(`${name} must be finite and ${inclusive ? 'at least' : 'above'} ${low}, got ${value}`);
}
