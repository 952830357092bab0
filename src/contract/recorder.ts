/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | {readonly [name: string]: Json};

/** One cycle of a schedule as it is drawn. Steps count from 0; `end` is the first step that is no longer in it. */
export interface DrawnCycle {
  readonly start: number;
  readonly end: number;
  /** The shape as text: `linear + cosine`. */
  readonly label: string;
}

/** A learning-rate schedule to draw: past cycles as they ran, future ones as planned. */
export interface DrawnSchedule {
  readonly learningRate: (step: number) => number;
  readonly totalSteps: number;
  readonly cycles: readonly DrawnCycle[];
  /**
   * Steps at which the rate may turn or jump: from each to the step before the next it only rises or only falls. With them a
   * long schedule is drawn at once; without, the rate of every step is looked at.
   */
  readonly turns?: readonly number[];
}

/**
 * What a submission may leave in its run's folder. Calls return at once: what is recorded is written in the order of the
 * calls, off the submission's clock, before the next step begins.
 */
export interface Recorder {
  /** Draws the schedule as the run's next `lr-schedule-<number>` picture. @returns that number, counted from 0 */
  schedule(drawing: DrawnSchedule): number;
  /** Values of this step by name, to `measurements.csv` (AlgoPerf: `loss`, `grad_norm`). */
  scalars(globalStep: number, values: {readonly [name: string]: number}): void;
  /** Something that happened, to `events.jsonl`, and as text to the observer. */
  event(
    globalStep: number,
    event: {readonly name: string; readonly message: string; readonly data?: {readonly [name: string]: Json}},
  ): void;
  /** One row of the table `<table>.csv`. Every row of a table has the same columns; `global_step` is written first. */
  row(table: string, globalStep: number, values: {readonly [column: string]: number | string}): void;
}
