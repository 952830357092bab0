import {requireFinite} from '../support/index.js';

/** @throws RangeError unless a decay is in [0, 1) */
export function requireDecay(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new RangeError(`${name} must be in [0, 1), got ${value}`);
}

/** @throws RangeError unless it is a finite number above 0 */
export function requirePositive(name: string, value: number): void {
  requireFinite(name, value);
  if (value <= 0) throw new RangeError(`${name} must be above 0, got ${value}`);
}

/** @throws RangeError unless it is an integer of at least `least` */
export function requireCount(name: string, value: number, least = 1): void {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new RangeError(`${name} must be an integer of at least ${least}, got ${value}`);
}

/** @throws RangeError unless it is a finite number of at least 0 */
export function requireWeightDecay(weightDecay: number): void {
  requireFinite('weightDecay', weightDecay);
  if (weightDecay < 0) throw new RangeError(`weightDecay must be at least 0, got ${weightDecay}`);
}
