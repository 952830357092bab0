import {countOfSteps, snakeCase} from '../support/index.js';
import type {ShapeOptions} from './shapes.js';

/** What a user says of a run's cycles; the four lists have one entry per cycle. */
export interface CycleSpec {
  readonly learningRate: number;
  /** Warm-up steps as a share of a cycle's length. */
  readonly warmupFactor: number;
  readonly warmupScheduleFns: readonly string[];
  readonly decayScheduleFns: readonly string[];
  /** Added to `learningRate`. */
  readonly alterDecays: readonly number[];
  /** Added to `warmupFactor`. */
  readonly alterWarmups: readonly number[];
  /** Further options of the warm-ups and decays; absent: none. */
  readonly warmupOptions?: readonly ShapeOptions[] | undefined;
  readonly decayOptions?: readonly ShapeOptions[] | undefined;
  /** Relative lengths, each above 0; absent: all cycles are equally long. */
  readonly cycleLengths?: readonly number[] | undefined;
}

/** A mistake in a spec. The path's first part is the name of a list or number of `CycleSpec`. */
export interface SpecProblem {
  readonly path: readonly [name: keyof CycleSpec | 'budgetSteps', index?: number];
  readonly message: string;
}

/** `L`: the rate of a cycle between warm-up and decay. */
export function peakOf(spec: CycleSpec, cycle: number): number {
  return spec.learningRate + spec.alterDecays[cycle]!;
}

/** Lengths `h` of the cycles from `first` on, over `budget` steps. */
export function lengthsOf(spec: CycleSpec, first: number, budget: number): number[] {
  const shares = (spec.cycleLengths ?? spec.alterDecays.map(() => 1)).slice(first);
  if (spec.cycleLengths === undefined) return shares.map(() => Math.floor(budget / shares.length));
  return largestRemainder(shares, budget);
}

/** Whole numbers in the proportions of `shares` that sum to `total`; of equal remainders the first is rounded up. */
function largestRemainder(shares: readonly number[], total: number): number[] {
  const sum = shares.reduce((a, b) => a + b, 0);
  const exact = shares.map((share) => (share / sum) * total);
  const lengths = exact.map(Math.floor);
  const left = total - lengths.reduce((a, b) => a + b, 0);
  const byRemainder = exact.map((value, i) => ({i, remainder: value - Math.floor(value)}));
  byRemainder.sort((a, b) => b.remainder - a.remainder);
  for (const {i} of byRemainder.slice(0, left)) lengths[i]! += 1;
  return lengths;
}

/**
 * All that is wrong with a spec over so many steps, as far as its parts tell; empty if it can be planned. How the steps fall into
 * cycles is judged where the lists say how many there are.
 */
export function problemsOf(spec: Partial<CycleSpec>, budgetSteps: number): SpecProblem[] {
  const counts = countProblems(spec);
  const lengths = cycleLengthProblems(spec);
  const areLaidOut = counts.length + lengths.length === 0;
  return [...counts, ...lengths, ...(areLaidOut ? layoutProblems(spec, budgetSteps) : []), ...alteringProblems(spec)];
}

/** The lists of a spec that are there, with their entries. */
function listsOf(spec: Partial<CycleSpec>) {
  const names = [
    ...(['warmupScheduleFns', 'decayScheduleFns', 'alterDecays', 'alterWarmups'] as const),
    ...(['warmupOptions', 'decayOptions', 'cycleLengths'] as const),
  ];
  return names.flatMap((name) => (spec[name] === undefined ? [] : [{name, length: spec[name].length}]));
}

function countProblems(spec: Partial<CycleSpec>): SpecProblem[] {
  const lists = listsOf(spec);
  const shared = lists.map(({length}) => lists.filter((other) => other.length === length).length);
  const odd = lists[shared.indexOf(Math.min(...shared))];
  if (odd && shared.some((count) => count < lists.length)) {
    const described = lists.map(({name, length}) => `${snakeCase(name)} ${length}`).join(', ');
    return [{path: [odd.name], message: `the lists must have one entry per cycle, all of one length: ${described}`}];
  }
  return odd?.length === 0 ? [{path: [odd.name], message: 'there must be at least one cycle'}] : [];
}

function cycleLengthProblems({cycleLengths = []}: Partial<CycleSpec>): SpecProblem[] {
  return cycleLengths.flatMap((length, cycle): SpecProblem[] =>
    length > 0 && Number.isFinite(length)
      ? []
      : [{path: ['cycleLengths', cycle], message: `must be above 0, got ${length}`}],
  );
}

/** @param spec - its lists are of one length */
function layoutProblems(spec: Partial<CycleSpec>, budgetSteps: number): SpecProblem[] {
  const cycles = listsOf(spec)[0]?.length ?? 0;
  if (budgetSteps < cycles) {
    return [{path: ['budgetSteps'], message: `${countOfSteps(budgetSteps)} can't hold ${cycles} cycles`}];
  }
  if (spec.cycleLengths === undefined) return [];
  return largestRemainder(spec.cycleLengths, budgetSteps).flatMap((steps, cycle): SpecProblem[] =>
    steps > 0 ? [] : [{path: ['cycleLengths', cycle], message: `cycle ${cycle + 1} would have no step`}],
  );
}

/** What is wrong with the cycles' rates and warm-ups, cycle by cycle. */
function alteringProblems({
  learningRate,
  warmupFactor,
  alterDecays = [],
  alterWarmups = [],
}: Partial<CycleSpec>): SpecProblem[] {
  const cycles = Math.max(alterDecays.length, alterWarmups.length);
  return Array.from({length: cycles}, (_, cycle) => [
    ...rateProblems(learningRate, alterDecays[cycle], cycle),
    ...warmupProblems(warmupFactor, alterWarmups[cycle], cycle),
  ]).flat();
}

function rateProblems(rate: number | undefined, altering: number | undefined, cycle: number): SpecProblem[] {
  if (rate === undefined || altering === undefined) return [];
  const peak = rate + altering;
  if (peak > 0 && Number.isFinite(peak)) return [];
  const message = `the rate of cycle ${cycle + 1} must be above 0, got ${rate} + ${altering} = ${peak}`;
  return [{path: rate > 0 ? ['alterDecays', cycle] : ['learningRate'], message}];
}

function warmupProblems(factor: number | undefined, altering: number | undefined, cycle: number): SpecProblem[] {
  if (factor === undefined || altering === undefined) return [];
  const share = factor + altering;
  if (share >= 0 && share <= 1) return [];
  const what = `the warm-up of cycle ${cycle + 1} is ${share > 1 ? 'longer than the cycle' : 'negative'}`;
  const message = `${what}: its share must be in [0, 1], got ${factor} + ${altering} = ${share}`;
  return [{path: ['alterWarmups', cycle], message}];
}
