import {type BootstrapOptions, DEFAULT_LEVEL, type PairedDifference, pairedBootstrap} from './bootstrap.js';
import {median} from './median.js';

/** A value a run, by the run's seed. */
export interface SeededGroup {
  readonly name: string;
  /** Of several runs with one seed the median counts. A run without a value has one that is not finite. */
  readonly values: readonly {readonly seed: number; readonly value: number}[];
}

/** How a group differs from the first one, seed by seed. */
export interface GroupDifference extends PairedDifference {
  readonly name: string;
  /** Seeds that both have. */
  readonly pairs: number;
  /** By Holm's method, over all comparisons with the first group: what `isBeyondChance` goes by. */
  readonly adjustedPValue: number;
}

/** A group that can't be compared with the first one. */
export interface NoDifference {
  readonly name: string;
  readonly pairs: number;
  /** Why, in words. */
  readonly reason: string;
}

/** Pairs below which the exact test can't come to 5 %. */
const LEAST_PAIRS = 6;

/**
 * Compares each group with the first by the seeds that both have: the median of the differences with its bootstrap interval, and the
 * exact sign-flip permutation test of Fisher and Pitman, adjusted by Holm's method for the number of comparisons.
 * @param groups - at least one
 * @throws RangeError if an option is outside of its range
 * @see {@link pairedBootstrap}
 */
export function compareWithFirst(
  [first, ...others]: readonly SeededGroup[],
  options: BootstrapOptions = {},
): (GroupDifference | NoDifference)[] {
  const compared = others.map((group) => differenceOf(first!, group, options));
  const pValues = compared.flatMap((each) => ('pValue' in each ? [each.pValue] : []));
  const adjusted = holmAdjusted(pValues);
  const alpha = 1 - (options.level ?? DEFAULT_LEVEL);
  return compared.map((each) => {
    if (!('pValue' in each)) return each;
    const adjustedPValue = adjusted.shift()!;
    return {...each, adjustedPValue, isBeyondChance: each.isBeyondChance && adjustedPValue <= alpha * (1 + 1e-12)};
  });
}

function differenceOf(
  first: SeededGroup,
  {name, values}: SeededGroup,
  options: BootstrapOptions,
): (PairedDifference & {readonly name: string; readonly pairs: number}) | NoDifference {
  const seeds = [...new Set(values.map(({seed}) => seed))].filter((seed) =>
    first.values.some((each) => each.seed === seed),
  );
  const pairs = seeds.length;
  if (pairs === 0) return {name, pairs, reason: 'they have no seed in common'};
  const [before, after] = [first.values, values].map((of) => seeds.map((seed) => ofSeed(of, seed)));
  if (![...before!, ...after!].every(Number.isFinite))
    return {name, pairs, reason: 'not every run of the common seeds has a value'};
  return {name, pairs, ...pairedBootstrap(before!, after!, options)};
}

function ofSeed(values: SeededGroup['values'], seed: number): number {
  return median(values.filter((each) => each.seed === seed).map(({value}) => value));
}

/** Whether so few pairs can show no difference beyond chance. */
export function areTooFew(pairs: number): boolean {
  return pairs < LEAST_PAIRS;
}

/**
 * P-values of several tests, such that the chance of one or more wrong findings stays at what one test has.
 * @param pValues - in any order, which stays
 * @see {@link https://www.jstor.org/stable/4615733 | Holm 1979}
 */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted: number[] = [];
  let most = 0;
  for (const [rank, i] of order.entries()) {
    most = Math.max(most, Math.min(1, (pValues.length - rank) * pValues[i]!));
    adjusted[i] = most;
  }
  return adjusted;
}
