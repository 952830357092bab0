/** How fast a run goes. */
export interface Speed {
  /** Seconds of a step on the submission's clock, once everything is compiled. */
  readonly stepSeconds: number;
  /** Seconds of an evaluation of all splits. */
  readonly evaluationSeconds: number;
}

/** How long a run is to be. */
export interface RunLength {
  /** Steps until the submission ends the run; undefined: it does not say. */
  readonly totalSteps: number | undefined;
  /** Seconds on the submission's clock that the ruleset allows. */
  readonly budgetSeconds: number;
  /** Whether the budget ends the run; false where it is evaluated by steps. */
  readonly isLimited: boolean;
  /** Evaluated every so many steps; undefined: every `evalEverySeconds`. */
  readonly evalEverySteps: number | undefined;
  readonly evalEverySeconds: number;
}

/** Whether a run of some length can come to its end within its budget. */
export interface Fit extends Speed {
  /** Null: the submission does not say how many. */
  readonly totalSteps: number | null;
  /** Seconds that all of them take on the submission's clock. */
  readonly scheduleSeconds: number | null;
  readonly budgetSeconds: number;
  /** How many steps the budget has room for. */
  readonly stepsInBudget: number;
  /** Null: it can't be said. */
  readonly fits: boolean | null;
  readonly evaluations: number;
  /** In [0, 1]: of the time that steps and evaluations take together. */
  readonly evaluationShare: number;
  /** Seconds from beginning to end, if no target ends the run before. */
  readonly wallSeconds: number;
}

/** What a run's length comes to at a speed. */
export function fitOf(speed: Speed, length: RunLength): Fit {
  const {stepSeconds, evaluationSeconds} = speed;
  const {totalSteps, budgetSeconds, isLimited} = length;
  const scheduleSeconds = totalSteps === undefined ? null : totalSteps * stepSeconds;
  const stepsInBudget = Math.floor(budgetSeconds / stepSeconds);
  const seconds = isLimited
    ? Math.min(scheduleSeconds ?? budgetSeconds, budgetSeconds)
    : (scheduleSeconds ?? budgetSeconds);
  const evaluations = evaluationsOf(seconds, stepSeconds, length);
  const wallSeconds = seconds + evaluations * evaluationSeconds;
  return {
    ...speed,
    totalSteps: totalSteps ?? null,
    scheduleSeconds,
    budgetSeconds,
    stepsInBudget,
    fits: scheduleSeconds === null ? null : scheduleSeconds <= budgetSeconds,
    evaluations,
    evaluationShare: (evaluations * evaluationSeconds) / wallSeconds,
    wallSeconds,
  };
}

/** One after the first step, those of each period, and one after the last step. */
function evaluationsOf(seconds: number, stepSeconds: number, {evalEverySteps, evalEverySeconds}: RunLength): number {
  const period = evalEverySteps === undefined ? evalEverySeconds : evalEverySteps * stepSeconds;
  return 2 + Math.max(0, Math.ceil(seconds / period) - 1);
}
