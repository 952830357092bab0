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

/** The times of a run that has not started. */
export const noTime: Times = Object.freeze({submission: 0, evaluation: 0, logging: 0, total: 0});

/**
 * A monotonic clock for one process of a run. An activity within another one, such as a submission's function that is called while a
 * checkpoint is written, is on its own clock alone.
 */
export interface Clock {
  /** Milliseconds since any moment, never going back. */
  now(): number;
  /** Does `work` and adds its duration to `activity`, also if it throws. */
  time<T>(activity: Activity, work: () => T | Promise<T>): Promise<T>;
  /** The same for work that is done when it returns. */
  timeSync<T>(activity: Activity, work: () => T): T;
  /** The times as of now, those of earlier processes included; an activity under way counts when it ends. */
  read(): Times;
}

/** `performance.now`, the function as it was before any user code was loaded. */
export const monotonic: () => number = performance.now.bind(performance);

/**
 * @param before - the times that earlier processes of this run had spent
 * @param now - see `Clock`; default `performance.now`
 */
export function startClock(before: Times = noTime, now: () => number = monotonic): Clock {
  const began = now();
  const spent = {submission: before.submission, evaluation: before.evaluation, logging: before.logging};
  let current: Activity | undefined;
  let since = began;
  /** @returns what was under way */
  const turnTo = (activity: Activity | undefined): Activity | undefined => {
    const [previous, time] = [current, now()];
    if (previous) spent[previous] += (time - since) / 1000;
    current = activity;
    since = time;
    return previous;
  };
  return {
    now,
    async time(activity, work) {
      const outer = turnTo(activity);
      try {
        return await work();
      } finally {
        turnTo(outer);
      }
    },
    timeSync(activity, work) {
      const outer = turnTo(activity);
      try {
        return work();
      } finally {
        turnTo(outer);
      }
    },
    read: () => ({
      submission: spent.submission,
      evaluation: spent.evaluation,
      logging: spent.logging,
      total: before.total + (now() - began) / 1000,
    }),
  };
}
