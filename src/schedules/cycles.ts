import {requirePositiveInteger} from '../support/index.js';
import {type CycleSpec, lengthsOf, peakOf, problemsOf} from './cycle-spec.js';
import {joinSchedules, partitionPoint, type Schedule} from './schedule.js';
import {builtInShapes, type ShapeOptions, type Shapes} from './shapes.js';

/** One cycle as planned or, once it is past, as it ran. Plain data: part of a checkpoint. */
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
  /** Their further options; absent: none. */
  readonly warmupOptions?: ShapeOptions;
  readonly decayOptions?: ShapeOptions;
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
    const begin = at;
    const isLast = cycle === spec.alterDecays.length - 1;
    at = isLast ? end : at + steps;
    return planOf(spec, cycle, {start: begin, end: at, steps});
  });
}

function planOf(spec: CycleSpec, cycle: number, place: Pick<CyclePlan, 'start' | 'end' | 'steps'>): CyclePlan {
  const warmup = spec.warmupScheduleFns[cycle]!;
  const [warmupOptions, decayOptions] = [spec.warmupOptions?.[cycle], spec.decayOptions?.[cycle]];
  return {
    ...place,
    peak: peakOf(spec, cycle),
    warmupSteps: warmup === 'none' ? 0 : warmupStepsOf(spec, cycle, place.steps),
    warmup,
    decay: spec.decayScheduleFns[cycle]!,
    ...(warmupOptions && {warmupOptions}),
    ...(decayOptions && {decayOptions}),
  };
}

function warmupStepsOf(spec: CycleSpec, cycle: number, steps: number): number {
  return Math.floor((spec.warmupFactor + spec.alterWarmups[cycle]!) * steps);
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
function cycleSchedule(plan: CyclePlan, shapes: Shapes): Schedule {
  const {peak, steps, warmupSteps, warmup, decay, warmupOptions, decayOptions} = plan;
  // With fewer steps left than cycles a re-plan gives `h = 0`, and what is left to the last: it runs as one of length 1.
  const cycleSteps = Math.max(steps, 1);
  const decaying = named(shapes.decays, decay)({...decayOptions, peak, cycleSteps, warmupSteps});
  if (warmupSteps === 0) return decaying;
  const warming = named(shapes.warmups, warmup)({...warmupOptions, peak, warmupSteps});
  return joinSchedules([warming, decaying], [warmupSteps]);
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
