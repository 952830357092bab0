import type {DrawnSchedule, Json} from '../../contract/index.js';
import {boundariesOf, type CyclePlan, risingDecays, type Schedule} from '../../schedules/index.js';
import {isOwn, shapeLabel} from './own-shapes.js';
import {emptyStopMetric, type StopCause, type StopMetric} from './stopping.js';

/** The state of the cyclic submission between steps, as plain data. */
export interface Progress {
  /** Past cycles as they ran, the current and future ones as planned. */
  readonly plans: readonly CyclePlan[];
  readonly numEarlyStops: number;
  /** Which cycles were stopped early, and why; cycles count from 1. */
  readonly earlyStops: readonly {readonly cycle: number; readonly cause: StopCause}[];
  readonly numResets: number;
  /** Whether this step brought its cycle to an early end. */
  readonly currentlyStopping: boolean;
  readonly stopMetric: StopMetric;
  readonly resetMetric: ResetMetric;
  /** The global step of the last evaluation taken in. */
  readonly lastEvaluation: number;
  /** The global step of the last reset; evaluations up to it are of a finished cycle's model. */
  readonly lastReset: number;
  /** Whether it was recorded that the last cycle met a condition to stop, which changes nothing. */
  readonly lastCycleNoted: boolean;
  readonly plotNumber: number;
}

export interface ResetMetric {
  /** The target metric on validation at the last evaluation; null before the first one, or where it was not finite. */
  readonly value: number | null;
  /** What the last multiplying reset multiplied by. */
  readonly factors: {readonly params: number; readonly moments: number} | null;
}

export function startOf(plans: readonly CyclePlan[]): Progress {
  return {
    plans,
    numEarlyStops: 0,
    earlyStops: [],
    numResets: 0,
    currentlyStopping: false,
    stopMetric: emptyStopMetric,
    resetMetric: {value: null, factors: null},
    lastEvaluation: 0,
    lastReset: 0,
    lastCycleNoted: false,
    plotNumber: 0,
  };
}

/** Whether there is more than one cycle, so that resets are needed. */
function hasMultiple({plans}: Progress): boolean {
  return plans.length > 1;
}

/** The schedule as it is drawn. Warm-ups rise and most decays fall: there is no other turn. */
export function drawing({plans, earlyStops}: Progress, learningRate: Schedule): DrawnSchedule {
  const turns = plans.flatMap(({start, warmupSteps}) => [start, start + warmupSteps]);
  const stopOf = (index: number): string => {
    const stop = earlyStops.find(({cycle}) => cycle === index + 1);
    return stop ? `, stopped early: ${stop.cause}` : '';
  };
  return {
    learningRate,
    totalSteps: plans.at(-1)!.end,
    cycles: plans.map(({start, end, warmup, decay}, i) => ({
      start,
      end,
      label: `${shapeLabel(warmup)} + ${shapeLabel(decay)}${stopOf(i)}`,
    })),
    ...(!plans.some((plan) => isOwn(plan) || risingDecays.includes(plan.decay)) && {turns}),
  };
}

/** The progress as it is written in checkpoints and in the run's record. */
export function toRecord(progress: Progress): {readonly [name: string]: Json} {
  const {stopMetric, resetMetric} = progress;
  return {
    has_multiple: hasMultiple(progress),
    reinit_times: boundariesOf(progress.plans),
    num_early_stops: progress.numEarlyStops,
    early_stops: progress.earlyStops.map((stop) => ({...stop})),
    num_resets: progress.numResets,
    currently_stopping: progress.currentlyStopping,
    stop_metric: {
      losses: stopMetric.losses,
      minimum: stopMetric.minimum && {value: stopMetric.minimum.value, length: stopMetric.minimum.length},
      last_loss: stopMetric.lastLoss,
      fresh: stopMetric.fresh,
    },
    reset_metric: {
      value: resetMetric.value,
      factors: resetMetric.factors && {params: resetMetric.factors.params, moments: resetMetric.factors.moments},
    },
    cycles: progress.plans.map((plan) => ({...plan})),
    last_evaluation: progress.lastEvaluation,
    last_reset: progress.lastReset,
    last_cycle_noted: progress.lastCycleNoted,
    plot_number: progress.plotNumber,
  };
}

/** The progress that `toRecord` wrote. */
export function fromRecord(record: Json): Progress {
  // biome-ignore lint/suspicious/noExplicitAny: JSON that this module wrote into a checkpoint whose checksum was verified
  const saved = record as any;
  return {
    plans: saved.cycles,
    numEarlyStops: saved.num_early_stops,
    earlyStops: saved.early_stops,
    numResets: saved.num_resets,
    currentlyStopping: saved.currently_stopping,
    stopMetric: {
      losses: saved.stop_metric.losses,
      minimum: saved.stop_metric.minimum,
      lastLoss: saved.stop_metric.last_loss,
      fresh: saved.stop_metric.fresh,
    },
    resetMetric: saved.reset_metric,
    lastEvaluation: saved.last_evaluation,
    lastReset: saved.last_reset,
    lastCycleNoted: saved.last_cycle_noted,
    plotNumber: saved.plot_number,
  };
}
