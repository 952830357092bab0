import type {Key} from '../contract/index.js';
import {keyFromSeed, randomBits} from '../random/index.js';
import {requirePositiveInteger} from '../support/index.js';
import {median} from './median.js';

/** How values are resampled. */
export interface BootstrapOptions {
  /** An integer in [0, 2^53): the same one gives the same intervals; default 0. */
  readonly seed?: number;
  /** Samples that are drawn; default 2000. */
  readonly resamples?: number;
  /** Share of the samples within the interval, in (0, 1); default 0.95. */
  readonly level?: number;
}

/** Between two percentiles of the resampled values; an end may be infinite. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A statistic of values with its interval, which a single value does not have. */
export interface Estimate {
  readonly value: number;
  readonly interval: Interval | undefined;
}

/** A function of many values, such as their median. */
export type Statistic = (values: Float64Array) => number;

/** Samples that are drawn where nothing else is asked for. */
export const DEFAULT_RESAMPLES = 2000;
/** Share of the samples within an interval where nothing else is asked for. */
export const DEFAULT_LEVEL = 0.95;

/**
 * A percentile interval of a statistic by the bootstrap: samples as large as the values, drawn from them with replacement.
 * @param values - at least one; they may be infinite, as the time to a target that was not reached is
 * @param options.statistic - default: the median
 * @throws RangeError if there is no value, or an option is outside of its range
 * @see {@link https://doi.org/10.1214/aos/1176344552 | Efron 1979}; `scipy.stats.bootstrap(method='percentile')`
 */
export function bootstrap(
  values: readonly number[],
  {statistic = median, ...options}: BootstrapOptions & {readonly statistic?: Statistic} = {},
): Estimate {
  const {key, resamples, level} = checked(options);
  const value = statistic(Float64Array.from(values));
  if (values.length < 2) return {value, interval: undefined};
  return {value, interval: intervalOf(resampled(values, {key, resamples, statistic}), level)};
}

/** The statistic of each sample. */
export function resampled(
  values: readonly number[],
  {key, resamples, statistic}: {readonly key: Key; readonly resamples: number; readonly statistic: Statistic},
): Float64Array {
  const {length} = values;
  const bits = randomBits(key, resamples * length);
  const sample = new Float64Array(length);
  return Float64Array.from({length: resamples}, (_, n) => {
    for (let i = 0; i < length; i++) sample[i] = values[indexOf(bits[n * length + i]!, length)]!;
    return statistic(sample);
  });
}

/** A number in [0, count) of 32 random bits. */
function indexOf(bits: number, count: number): number {
  return Math.floor((bits * count) / 2 ** 32);
}

/** The percentiles that leave the same share of the values out on either side. Sorts the values. */
export function intervalOf(values: Float64Array, level: number): Interval {
  values.sort();
  return {low: quantile(values, (1 - level) / 2), high: quantile(values, (1 + level) / 2)};
}

/**
 * A quantile of values in ascending order, between two of them by the straight line, as numpy has it; infinite where one of the two is
 * that counts.
 * @param share - in [0, 1]
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  if (place === below || low === high) return low;
  return low + (high - low) * (place - below);
}

/** What two sets of values differ by, pair by pair. */
export interface PairedDifference {
  /** The statistic of `second - first` over the pairs. */
  readonly difference: number;
  readonly interval: Interval | undefined;
  /**
   * How often a sum of differences as far from 0 comes about where each difference is as likely to be of either sign: the test of
   * Fisher and Pitman, exact. With n pairs it is never below 2^(1 - n).
   */
  readonly pValue: number;
  /** Whether the interval leaves 0 out, and the p-value is at most `1 - level`. */
  readonly isBeyondChance: boolean;
}

/** Pairs of which every choice of signs is tried; of more, as many choices are drawn as there are resamples. */
const MOST_EXACT = 16;

/**
 * Compares two sets of values that belong together one by one, as the runs of two configs with the same seeds do.
 * @param first - finite numbers
 * @param second - as many
 * @throws RangeError if there are not as many of both, or none, or one is not finite, or an option is outside of its range
 */
export function pairedBootstrap(
  first: readonly number[],
  second: readonly number[],
  {statistic = median, ...options}: BootstrapOptions & {readonly statistic?: Statistic} = {},
): PairedDifference {
  if (first.length !== second.length)
    throw new RangeError(`first and second must be as long as each other, got ${first.length} and ${second.length}`);
  if (![...first, ...second].every(Number.isFinite)) throw new RangeError('first and second must be finite numbers');
  const differences = second.map((value, i) => value - first[i]!);
  const {value: difference, interval} = bootstrap(differences, {statistic, ...options});
  const {key, resamples, level} = checked(options);
  const pValue = signFlipPValue(differences, {key, resamples});
  const excludesZero = interval !== undefined && (interval.low > 0 || interval.high < 0);
  return {difference, interval, pValue, isBeyondChance: excludesZero && pValue <= 1 - level + ROUNDING};
}

/** What sums of the same numbers in another order may differ by, relatively. */
const ROUNDING = 1e-12;

function signFlipPValue(differences: readonly number[], draw: {readonly key: Key; readonly resamples: number}): number {
  const observed = Math.abs(differences.reduce((sum, each) => sum + each, 0));
  const least = observed - ROUNDING * differences.reduce((sum, each) => sum + Math.abs(each), 0);
  const isExact = differences.length <= MOST_EXACT;
  const choices = isExact ? 2 ** differences.length : draw.resamples;
  const bits = isExact ? undefined : randomBits(draw.key, choices * differences.length);
  let asFar = 0;
  for (let choice = 0; choice < choices; choice++) {
    let sum = 0;
    for (const [i, each] of differences.entries()) {
      const isFlipped = bits ? bits[choice * differences.length + i]! >>> 31 : (choice >>> i) & 1;
      sum += isFlipped ? -each : each;
    }
    if (Math.abs(sum) >= least) asFar++;
  }
  // Of drawn choices, the one that was observed is one more.
  return isExact ? asFar / choices : (asFar + 1) / (choices + 1);
}

function checked({seed = 0, resamples = DEFAULT_RESAMPLES, level = DEFAULT_LEVEL}: BootstrapOptions): {
  key: Key;
  resamples: number;
  level: number;
} {
  requirePositiveInteger('resamples', resamples);
  if (!(level > 0 && level < 1)) throw new RangeError(`level must be in (0, 1), got ${level}`);
  return {key: keyFromSeed(seed), resamples, level};
}
