import {frozen} from '../../support/index.js';

/** When a cycle ends before its planned boundary. Pure: a metric and a loss in, a new metric out. */

export interface StoppingOptions {
  readonly enabled: boolean;
  /** Divergence: the smoothed loss rises by more than this between two evaluations. */
  readonly epsilon: number;
  /** Stagnation: how far above its minimum the extrapolated smoothed loss may lie. */
  readonly epsilon2: number;
  /** Evaluations that a cycle is given to come back to its minimum. */
  readonly recoveryTime: number;
  /** Weight of the new loss in the running average, in (0, 1]. */
  readonly smoothing: number;
}

/** What is known of the current cycle's validation loss. */
export interface StopMetric {
  /** Smoothed losses, one an evaluation, oldest first. */
  readonly losses: readonly number[];
  /** The smallest smoothed loss, and the number of losses there were when it came. */
  readonly minimum: {readonly value: number; readonly length: number} | null;
  /** The last loss as it was measured; null if it was NaN or infinite. */
  readonly lastLoss: number | null;
  /** Whether a loss has come in since the last decision. */
  readonly fresh: boolean;
}

export type StopCause = 'stagnation' | 'divergence' | 'diverged';

/** Why a cycle is stopped, in a sentence's second half. */
export const CAUSES_IN_WORDS: {readonly [cause in StopCause]: string} = {
  stagnation: 'the validation loss has stopped falling (stagnation)',
  divergence: 'the validation loss rises (divergence)',
  diverged: 'the validation loss is NaN or infinite',
};

/** A cycle of which no evaluation is known. */
export const emptyStopMetric: StopMetric = frozen({losses: [], minimum: null, lastLoss: null, fresh: false});

/**
 * Takes in the validation loss `x` of a new evaluation: the first of a cycle as it is, later ones smoothed,
 * `s = smoothing * x + (1 - smoothing) * s_previous`. A loss that is not finite is noted and not smoothed.
 */
export function observeLoss(metric: StopMetric, loss: number, smoothing: number): StopMetric {
  if (!Number.isFinite(loss)) return {...metric, lastLoss: null, fresh: true};
  const previous = metric.losses.at(-1);
  const smoothed = previous === undefined ? loss : smoothing * loss + (1 - smoothing) * previous;
  const losses = [...metric.losses, smoothed];
  const isLower = metric.minimum === null || smoothed < metric.minimum.value;
  return {
    losses,
    minimum: isLower ? {value: smoothed, length: losses.length} : metric.minimum,
    lastLoss: loss,
    fresh: true,
  };
}

/**
 * Why the cycle should stop now, or undefined. An evaluation decides once: without a fresh loss there is no decision.
 * With `g = s[-1] - s[-2]`:
 * - diverged: the loss is NaN or infinite (whether or not early stopping is enabled: such a cycle can't come back);
 * - divergence: `g > epsilon`;
 * - stagnation: the minimum is `recoveryTime` evaluations old and `g * recoveryTime + s[-1] >= minimum + epsilon2`.
 */
export function causeToStop(metric: StopMetric, options: StoppingOptions): StopCause | undefined {
  if (!metric.fresh) return undefined;
  if (metric.lastLoss === null) return 'diverged';
  const [last, previous] = [metric.losses.at(-1), metric.losses.at(-2)];
  if (!options.enabled || last === undefined || previous === undefined || metric.minimum === null) return undefined;
  const gradient = last - previous;
  if (gradient > options.epsilon) return 'divergence';
  const age = metric.losses.length - metric.minimum.length;
  const extrapolated = gradient * options.recoveryTime + last;
  const stagnates = age >= options.recoveryTime && extrapolated >= metric.minimum.value + options.epsilon2;
  return stagnates ? 'stagnation' : undefined;
}
