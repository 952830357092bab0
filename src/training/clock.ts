/** Seconds spent so far, each kind on its own clock, as AlgoPerf counts them. */
export interface Times {
  /** In `dataSelection`, `updateParams` and `prepareForEval`: what a submission is measured by. */
  readonly submission: number;
  readonly evaluation: number;
  /** Writing rows, pictures and checkpoints. */
  readonly logging: number;
  /** Wall time of the run, over all its processes. */
  readonly total: number;
}

/** What the time goes to; each kind has a clock of its own. */
export type Activity = 'submission' | 'evaluation' | 'logging';

/** The times of a run that has not begun. */
export const noTime: Times = {submission: 0, evaluation: 0, logging: 0, total: 0};

/** A monotonic clock for one process of a run. */
export interface Clock {
  /** Does `work` and adds its duration to `activity`, also if it throws. */
  time<T>(activity: Activity, work: () => T | Promise<T>): Promise<T>;
  /** The times as of now, those of earlier processes included. */
  read(): Times;
}

/** @param before - the times that earlier processes of this run had spent */
export function startClock(before: Times = noTime): Clock {
  const began = performance.now();
  const spent = {submission: before.submission, evaluation: before.evaluation, logging: before.logging};
  return {
    async time(activity, work) {
      const start = performance.now();
      try {
        return await work();
      } finally {
        spent[activity] += (performance.now() - start) / 1000;
      }
    },
    read: () => ({
      submission: spent.submission,
      evaluation: spent.evaluation,
      logging: spent.logging,
      total: before.total + (performance.now() - began) / 1000,
    }),
  };
}
