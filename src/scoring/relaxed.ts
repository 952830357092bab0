import {requireInRange} from '../support/index.js';
import type {ScoringTarget} from './pool.js';

/**
 * A target made easier by a fraction of itself: `t (1 + f)` where less is better, `t (1 - f)` where more is.
 * @param fraction - in [0, 1)
 * @throws RangeError if it is not
 */
export function relaxed(target: ScoringTarget, fraction: number): ScoringTarget {
  requireInRange('fraction', fraction, 0, 1);
  if (fraction === 1) throw new RangeError('fraction must be below 1, got 1');
  const {goal, value} = target;
  return {...target, value: goal === 'minimize' ? value * (1 + fraction) : value * (1 - fraction)};
}
