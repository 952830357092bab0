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

/** All that is wrong with a spec over so many steps; empty if it can be planned. Of lists that don't match, only that. */
export function problemsOf(spec: CycleSpec, budgetSteps: number): SpecProblem[] {
  const lists = listProblems(spec);
  if (lists.length > 0) return lists;
  return [...lengthProblems(spec, budgetSteps), ...spec.alterDecays.flatMap((_, cycle) => cycleProblems(spec, cycle))];
}

function listProblems(spec: CycleSpec): SpecProblem[] {
  const names = [
    ...(['warmupScheduleFns', 'decayScheduleFns', 'alterDecays', 'alterWarmups'] as const),
    ...(['warmupOptions', 'decayOptions', 'cycleLengths'] as const),
  ];
  const lists = names.flatMap((name) => (spec[name] === undefined ? [] : [{name, length: spec[name].length}]));
  const shared = lists.map(({length}) => lists.filter((other) => other.length === length).length);
  const odd = lists[shared.indexOf(Math.min(...shared))]!;
  if (shared.some((count) => count < lists.length)) {
    const described = lists.map(({name, length}) => `${snakeCase(name)} ${length}`).join(', ');
    return [{path: [odd.name], message: `the lists must have one entry per cycle, all of one length: ${described}`}];
  }
  if (lists[0]!.length === 0) return [{path: [lists[0]!.name], message: 'there must be at least one cycle'}];
  return (spec.cycleLengths ?? []).flatMap((length, cycle): SpecProblem[] =>
    length > 0 && Number.isFinite(length)
      ? []
      : [{path: ['cycleLengths', cycle], message: `must be above 0, got ${length}`}],
  );
}

function lengthProblems(spec: CycleSpec, budgetSteps: number): SpecProblem[] {
  const cycles = spec.alterDecays.length;
  if (budgetSteps < cycles) {
    return [{path: ['budgetSteps'], message: `${countOfSteps(budgetSteps)} can't hold ${cycles} cycles`}];
  }
  return lengthsOf(spec, 0, budgetSteps).flatMap((steps, cycle): SpecProblem[] =>
    steps > 0 ? [] : [{path: ['cycleLengths', cycle], message: `cycle ${cycle + 1} would have no step`}],
  );
}

function cycleProblems(spec: CycleSpec, cycle: number): SpecProblem[] {
  const peak = peakOf(spec, cycle);
  const factor = spec.warmupFactor + spec.alterWarmups[cycle]!;
  const problems: SpecProblem[] = [];
  if (!(peak > 0 && Number.isFinite(peak))) {
    const sum = `${spec.learningRate} + ${spec.alterDecays[cycle]} = ${peak}`;
    problems.push({
      path: spec.learningRate > 0 ? ['alterDecays', cycle] : ['learningRate'],
      message: `the rate of cycle ${cycle + 1} must be above 0, got ${sum}`,
    });
  }
  if (!(factor >= 0 && factor <= 1)) {
    const sum = `${spec.warmupFactor} + ${spec.alterWarmups[cycle]} = ${factor}`;
    const what =
      factor > 1
        ? `the warm-up of cycle ${cycle + 1} is longer than the cycle`
        : `the warm-up of cycle ${cycle + 1} is negative`;
    problems.push({path: ['alterWarmups', cycle], message: `${what}: its share must be in [0, 1], got ${sum}`});
  }
  return problems;
}
