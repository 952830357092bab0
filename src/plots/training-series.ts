import {firstAtTarget, type Split, type TargetRule} from '../metrics/index.js';
import {type Point, rangeOf, reducedLine} from './reduce.js';

/** A run to draw. Values that are not finite, and metrics that an evaluation lacks, leave gaps. */
export interface DrawnTraining {
  readonly title: string;
  /** How the run ended, as text. */
  readonly ending: string;
  /** Losses of training batches. */
  readonly losses: readonly {readonly step: number; readonly loss: number}[];
  /** Metrics by `split/name`, such as `validation/accuracy`. */
  readonly evaluations: readonly {readonly step: number; readonly metrics: {readonly [name: string]: number}}[];
  readonly target: TargetRule;
  /** The whole schedule's line in drawing order; empty where there is none. */
  readonly learningRate: readonly Point[];
  /** In the order of their steps; a cause is a word or two, or empty. */
  readonly resets: readonly {readonly step: number; readonly cause: string}[];
  /** Steps made: where the panels end, however much more was planned. */
  readonly globalStep: number;
}

/** A few points for each pixel of a panel's width. */
const BUCKETS = 1000;

/** The last step of the panels. */
export const endOf = ({globalStep}: DrawnTraining): number => Math.max(1, globalStep);

/** The part of the schedule's line that the run has come through; a jump at its end belongs to the steps after it. */
export function rateLine(run: DrawnTraining): Point[] {
  const end = endOf(run);
  const until = run.learningRate.findIndex(({step}) => step >= end);
  if (until < 1) return [...run.learningRate];
  const [from, to] = [run.learningRate[until - 1]!, run.learningRate[until]!];
  const value = from.value + ((to.value - from.value) * (end - from.step)) / (to.step - from.step);
  return [...run.learningRate.slice(0, until), {step: end, value}];
}

/** The losses of training batches as they are drawn. */
export function batchLosses({losses}: DrawnTraining): Point[] {
  const line = reducedLine((i) => losses[i]!.loss, {from: 0, to: losses.length, buckets: BUCKETS});
  return line.map(({step: i, value}) => ({step: losses[i]!.step, value}));
}

/** A metric of all evaluations, as `accuracy` on `validation`; a gap where it is missing or not finite. */
export function metricLine({evaluations}: DrawnTraining, split: Split, metric: string): Point[] {
  return evaluations.map(({step, metrics}) => {
    const value = metrics[`${split}/${metric}`] ?? Number.NaN;
    return {step, value: Number.isFinite(value) ? value : Number.NaN};
  });
}

export const SPLITS = ['train', 'validation', 'test'] as const;

/** The target metric's values on all splits. */
export function metricValues(run: DrawnTraining): Point[] {
  return SPLITS.flatMap((split) => metricLine(run, split, run.target.metric));
}

export function evaluatedLosses(run: DrawnTraining): Point[] {
  return metricLine(run, 'validation', run.target.lossMetric);
}

/** The target's metric on validation at the first evaluation that reaches the target; undefined if none does. */
export function targetReached({evaluations, target}: DrawnTraining): Point | undefined {
  const first = firstAtTarget(evaluations, target, 'validation');
  return first && {step: first.step, value: first.metrics[`validation/${target.metric}`]!};
}

/**
 * The range of an axis that shows the target, nine tenths of the values after the first evaluation, the better ones, and what is
 * no further from them than they are apart: the first steps of a run, or of a cycle, would flatten all the rest.
 */
export function metricDomain(points: readonly Point[], {goal, validation: target}: TargetRule): [number, number] {
  const finite = points.filter(({value}) => Number.isFinite(value));
  // The target alone, near an edge: the middle is for what says that there are no values.
  if (finite.length === 0) return rangeOf([0, target * 1.03 || 1]) as [number, number];
  const firstStep = Math.min(...finite.map(({step}) => step));
  const later = finite.filter(({step}) => step > firstStep);
  const isShort = new Set(later.map(({step}) => step)).size < 2;
  const valuesOf = (some: readonly Point[]) => [...some.map(({value}) => value), target].sort((a, b) => a - b);
  const sorted = valuesOf(isShort ? finite : later);
  const worst = Math.floor(sorted.length * 0.1);
  const better = goal === 'maximize' ? sorted.slice(worst) : sorted.slice(0, sorted.length - worst);
  const [from, to] = rangeOf([...better, target]);
  const span = to - from;
  const [low, high] = rangeOf(valuesOf(finite).filter((value) => value >= from - span && value <= to + span));
  const margin = (high - low || Math.abs(high) || 1) * 0.08;
  return [low - margin, high + margin];
}

/** A mark of a value: where it is, or at the edge of the panel beyond which it lies. */
export interface Mark extends Point {
  readonly shape: 'circle' | 'triangle-down' | 'triangle-up';
}

/** Lines of more points than this have no dots: they would touch. */
const MOST_DOTS = 80;

/** The marks of a line in a panel that shows `low` to `high`: dots where the points are few, and all that lies outside. */
export function marksOf(points: readonly Point[], [low, high]: readonly [number, number]): Mark[] {
  return points.flatMap(({step, value}): Mark[] => {
    if (value < low) return [{step, value: low, shape: 'triangle-down'}];
    if (value > high) return [{step, value: high, shape: 'triangle-up'}];
    return points.length > MOST_DOTS || Number.isNaN(value) ? [] : [{step, value, shape: 'circle'}];
  });
}

/** What the marks at a panel's edges mean; empty where there are none. */
export function edgesInWords(marks: readonly Mark[]): string {
  const has = (shape: Mark['shape']) => marks.some((mark) => mark.shape === shape);
  const words = [has('triangle-down') && '▼ lies below the panel', has('triangle-up') && '▲ lies above the panel'];
  return words.filter(Boolean).join(', ');
}

/** Leading digits of the labels of a logarithmic axis, from many labels to few. */
const LOSS_DIGITS = [
  [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9],
  [1, 1.5, 2, 3, 5, 7],
  [1, 2, 5],
  [1],
];
/** Of a label and the one above it. */
const LABEL_DISTANCE = 16;

/** How an axis of losses or of a metric is drawn. */
export interface MetricAxis {
  readonly type: 'log' | 'linear';
  readonly domain: readonly [number, number];
  /** Where it has labels; absent: wherever they fall. */
  readonly ticks?: readonly number[];
}

/**
 * Logarithmic, with the more labels the less it spans, two at least; linear only where a loss is below 0, which has no
 * logarithm.
 * @param height - of the axis, in the picture's units
 */
export function lossAxis(points: readonly Point[], height: number): MetricAxis {
  const values = points.map(({value}) => value);
  const [lowest, highest] = rangeOf(values);
  if (lowest < 0) {
    const margin = 0.05 * (highest - lowest || 1);
    return {type: 'linear', domain: [lowest - margin, highest + margin]};
  }
  const [low, high] = rangeOf(values.filter((value) => value > 0));
  if (high === 0) return {type: 'log', domain: [0.1, 10], ticks: [0.1, 1, 10]};
  const domain = [low / 1.25, high * 1.25] as const;
  const leastRatio = (domain[1] / domain[0]) ** (LABEL_DISTANCE / height);
  const haveRoom = (ticks: number[]) => ticks.every((tick, i) => i === 0 || tick >= ticks[i - 1]! * leastRatio);
  const ticks = LOSS_DIGITS.map((digits) => logTicks(domain, digits));
  return {type: 'log', domain, ticks: ticks.find(haveRoom) ?? ticks.at(-1)!};
}

/** The least ratio of a metric's values, with its target, that is drawn on a logarithmic axis. */
const WIDE = 100;

/**
 * Logarithmic where less is better and the values are above 0 and a hundredfold apart, as perplexities are; else linear, with the
 * range of {@link metricDomain}.
 * @param height - of the axis, in the picture's units
 */
export function metricAxis(points: readonly Point[], target: TargetRule, height: number): MetricAxis {
  const shown = [...points, {step: 0, value: target.validation}].filter(({value}) => Number.isFinite(value));
  const [low, high] = rangeOf(shown.map(({value}) => value));
  if (target.goal === 'minimize' && low > 0 && high >= WIDE * low) return lossAxis(shown, height);
  return {type: 'linear', domain: metricDomain(points, target)};
}

/** The numbers in a range that are one of `digits` times a power of ten. */
function logTicks([low, high]: readonly [number, number], digits: readonly number[]): number[] {
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({length: Math.ceil(Math.log10(high)) - first + 1}, (_, i) => first + i);
  const ticks = powers.flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`)));
  return ticks.filter((tick) => tick >= low && tick <= high);
}
