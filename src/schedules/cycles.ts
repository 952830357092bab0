import {countOfSteps, requirePositiveInteger} from '../support/index.js';
import type {DecayOptions} from './decays.js';
import {decays} from './decays.js';
import {joinSchedules, partitionPoint, type Schedule} from './schedule.js';
import {type WarmupOptions, warmups} from './warmups.js';

/** What a user says of a run's cycles; the four lists have one entry a cycle. */
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
  /** Relative lengths, each above 0; absent: all cycles are equally long. */
  readonly cycleLengths?: readonly number[] | undefined;
}

/** What makes warm-ups and decays, by the names that a spec gives them. */
export interface Shapes {
  readonly warmups: {readonly [name: string]: (options: WarmupOptions) => Schedule};
  readonly decays: {readonly [name: string]: (options: DecayOptions) => Schedule};
}

/** The shapes that have names of their own. */
export const builtInShapes: Shapes = {warmups, decays};

/** One cycle as planned or, once it is past, as it ran. Plain data: it stands in checkpoints. */
export interface CyclePlan {
  /** First step of the run that is in the cycle. */
  readonly start: number;
  /** First step after it. */
  readonly end: number;
  /** `h`: the length that the formulas use; a last cycle that takes a remainder, or one cut short, has another real length. */
  readonly steps: number;
  /** `L`: the rate between warm-up and decay. */
  readonly peak: number;
  /** `w`, in [0, steps]; 0 without a warm-up. */
  readonly warmupSteps: number;
  /** Names among the shapes that the schedule is made of. */
  readonly warmup: string;
  readonly decay: string;
}

/** A mistake in a spec. The path's first part is the name of a list or number of `CycleSpec`. */
export interface SpecProblem {
  readonly path: readonly [name: keyof CycleSpec | 'budgetSteps', index?: number];
  readonly message: string;
}

/**
 * Lays out the cycles over `budgetSteps` steps. Equal cycles: `h = floor(budget / n)`, boundaries at its multiples, the
 * last cycle also takes the remainder. With `cycleLengths`: in their proportions, by largest remainder.
 * @throws RangeError with the first of `problemsOf`
 */
export function planCycles(spec: CycleSpec, budgetSteps: number): CyclePlan[] {
  requirePositiveInteger('budgetSteps', budgetSteps);
  const problem = problemsOf(spec, budgetSteps)[0];
  if (problem) throw new RangeError(`${problem.path.join('.')}: ${problem.message}`);
  return layOut(spec, 0, 0, budgetSteps);
}

/**
 * The plans after cycle `i`, in which `stopStep` lies, was stopped: it is cut there, and each cycle to come gets
 * `floor(left / c)` steps of what is left (dynamic lengths: their proportions), the last also the remainder. Cycle `i + 1`
 * keeps its own functions and alterings. If fewer steps are left than cycles, equal lengths give them all to the last one
 * and dynamic lengths one each by largest remainder; the others start and end at the same step.
 * @throws RangeError if the stop lies outside the run or in its last cycle, where there is nothing to share
 */
export function replan(
  plans: readonly CyclePlan[],
  spec: CycleSpec,
  stopStep: number,
  budgetSteps: number,
): CyclePlan[] {
  const stopped = cycleAt(plans, stopStep);
  if (stopStep < 0 || stopStep >= budgetSteps) throw new RangeError(`stopStep must lie in the run, got ${stopStep}`);
  if (stopped === plans.length - 1)
    throw new RangeError(`stopStep ${stopStep} lies in the last cycle: no cycle is left to share with`);
  const past = plans.slice(0, stopped + 1).map((plan, i) => (i === stopped ? {...plan, end: stopStep} : plan));
  return [...past, ...layOut(spec, stopped + 1, stopStep, budgetSteps)];
}

function layOut(spec: CycleSpec, first: number, start: number, end: number): CyclePlan[] {
  const lengths = lengthsOf(spec, first, end - start);
  let at = start;
  return lengths.map((steps, offset) => {
    const cycle = first + offset;
    const plan = planOf(spec, cycle, at, steps);
    const isLast = cycle === spec.alterDecays.length - 1;
    at = isLast ? end : at + steps;
    return {...plan, end: at};
  });
}

function planOf(spec: CycleSpec, cycle: number, start: number, steps: number): CyclePlan {
  const warmup = spec.warmupScheduleFns[cycle]!;
  return {
    start,
    end: start + steps,
    steps,
    peak: peakOf(spec, cycle),
    warmupSteps: warmup === 'none' ? 0 : warmupStepsOf(spec, cycle, steps),
    warmup,
    decay: spec.decayScheduleFns[cycle]!,
  };
}

function peakOf(spec: CycleSpec, cycle: number): number {
  return spec.learningRate + spec.alterDecays[cycle]!;
}

function warmupStepsOf(spec: CycleSpec, cycle: number, steps: number): number {
  return Math.floor((spec.warmupFactor + spec.alterWarmups[cycle]!) * steps);
}

/** Lengths `h` of the cycles from `first` on, over `budget` steps. */
function lengthsOf(spec: CycleSpec, first: number, budget: number): number[] {
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
  byRemainder.sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  for (const {i} of byRemainder.slice(0, left)) lengths[i]! += 1;
  return lengths;
}

/**
 * The learning rate of the whole run; steps past its end get the last cycle's, clamped at its own end.
 * @throws RangeError naming a warm-up or decay that is not among the shapes
 */
export function scheduleOf(plans: readonly CyclePlan[], shapes = builtInShapes): Schedule {
  return joinSchedules(
    plans.map((plan) => cycleSchedule(plan, shapes)),
    boundariesOf(plans),
  );
}

/** A warm-up joined with its decay, counted from the cycle's own start. */
function cycleSchedule({peak, steps, warmupSteps, warmup, decay}: CyclePlan, shapes: Shapes): Schedule {
  // With fewer steps left than cycles a re-plan gives `h = 0`, and what is left to the last: it runs as one of length 1.
  const cycleSteps = Math.max(steps, 1);
  const decaying = named(shapes.decays, decay)({peak, cycleSteps, warmupSteps});
  if (warmupSteps === 0) return decaying;
  return joinSchedules([named(shapes.warmups, warmup)({peak, warmupSteps}), decaying], [warmupSteps]);
}

function named<T>(makers: {readonly [name: string]: T}, name: string): T {
  if (Object.hasOwn(makers, name)) return makers[name]!;
  throw new RangeError(`there is no schedule '${name}'; there are ${Object.keys(makers).join(', ')}`);
}

/** The steps at which a cycle follows another: the starts of all but the first. */
export function boundariesOf(plans: readonly CyclePlan[]): number[] {
  return plans.slice(1).map(({start}) => start);
}

/** The index of the cycle that `step` lies in; past the end, the last one's. */
export function cycleAt(plans: readonly CyclePlan[], step: number): number {
  return Math.min(
    partitionPoint(plans.length, (i) => plans[i]!.end <= step),
    plans.length - 1,
  );
}

/** All that is wrong with a spec over so many steps; empty if it can be planned. Of lists that don't match, only that. */
export function problemsOf(spec: CycleSpec, budgetSteps: number): SpecProblem[] {
  const lists = listProblems(spec);
  if (lists.length > 0) return lists;
  return [...lengthProblems(spec, budgetSteps), ...spec.alterDecays.flatMap((_, cycle) => cycleProblems(spec, cycle))];
}

function listProblems(spec: CycleSpec): SpecProblem[] {
  const names = ['warmupScheduleFns', 'decayScheduleFns', 'alterDecays', 'alterWarmups', 'cycleLengths'] as const;
  const lists = names.flatMap((name) => (spec[name] === undefined ? [] : [{name, length: spec[name].length}]));
  const told = lists.map(({name, length}) => `${snakeCase(name)} ${length}`).join(', ');
  const shared = lists.map(({length}) => lists.filter((other) => other.length === length).length);
  const odd = lists[shared.indexOf(Math.min(...shared))]!;
  if (shared.some((count) => count < lists.length)) {
    return [{path: [odd.name], message: `the lists must have one entry a cycle, all of one length: ${told}`}];
  }
  if (lists[0]!.length === 0) return [{path: [lists[0]!.name], message: 'there must be at least one cycle'}];
  return (spec.cycleLengths ?? []).flatMap((length, cycle): SpecProblem[] =>
    length > 0 && Number.isFinite(length)
      ? []
      : [{path: ['cycleLengths', cycle], message: `must be above 0, got ${length}`}],
  );
}

/** A list's name as a config file has it. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
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
