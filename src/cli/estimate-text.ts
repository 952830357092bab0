import {count, countOfSteps} from '../support/index.js';
import type {Estimate, ProgressView} from '../training/index.js';

/** The length of a run at the speed of some steps, and whether it fits its budget. */
export function estimateText(estimate: Estimate, trials: number): string {
  const {stepSeconds, evaluationSeconds, timedSteps, evaluations, evaluationShare, wallSeconds} = estimate;
  const percent = `${Math.round(100 * evaluationShare)} %`;
  return [
    `a step takes ${inSeconds(stepSeconds)} (${countOfSteps(timedSteps)} timed), an evaluation ${inSeconds(evaluationSeconds)}`,
    `  schedule     ${scheduleText(estimate)}`,
    `  evaluations  about ${count(evaluations)}, ${inSeconds(evaluations * evaluationSeconds)}: ${percent} of the time`,
    `  one trial    about ${inSeconds(wallSeconds)}, if no target ends it before`,
    ...(trials > 1 ? [`  ${count(trials)} trials    about ${inSeconds(trials * wallSeconds)}`] : []),
  ].join('\n');
}

function scheduleText(estimate: Estimate): string {
  const {totalSteps, scheduleSeconds, budgetSeconds, stepsInBudget, fits} = estimate;
  const budget = `the budget of ${inSeconds(budgetSeconds)}`;
  if (totalSteps === null || scheduleSeconds === null)
    return `of no known length; ${budget} has room for ${countOfSteps(stepsInBudget)}`;
  const length = `${countOfSteps(totalSteps)} take ${inSeconds(scheduleSeconds)}`;
  if (fits) return `${length}, within ${budget}`;
  return `${length}: does NOT fit ${budget}, which ends it after ${countOfSteps(stepsInBudget)} (${share(stepsInBudget, totalSteps)})`;
}

function share(part: number, whole: number): string {
  return `${Math.floor((100 * part) / whole)} %`;
}

/** Seconds in a unit that people read: `3.7 ms`, `28.9 s`, `7.6 min`, `2.1 h`. */
export function inSeconds(seconds: number): string {
  if (seconds < 0.1) return `${(1000 * seconds).toPrecision(2)} ms`;
  if (seconds < 120) return `${seconds.toPrecision(3)} s`;
  return seconds < 7200 ? `${(seconds / 60).toPrecision(3)} min` : `${(seconds / 3600).toPrecision(3)} h`;
}

/** The state of a run when its speed was first measured. */
export interface SpeedMark {
  readonly globalStep: number;
  /** Seconds on the submission's clock. */
  readonly submission: number;
}

/** Seconds on the submission's clock after which a run's speed is known well enough. */
const KNOWN_AFTER = 2;

/**
 * Printed once for a run with a budget, when its speed is known: whether its schedule fits.
 * @returns undefined while the speed is unknown, or if there is nothing to compare
 */
export function fitText(
  {globalStep, totalSteps, budgetSeconds, times}: ProgressView,
  since: SpeedMark,
): {text: string; fits: boolean} | undefined {
  const [steps, seconds] = [globalStep - since.globalStep, times.submission - since.submission];
  if (totalSteps === undefined || budgetSeconds === undefined || steps < 1 || seconds < KNOWN_AFTER) return undefined;
  const stepSeconds = seconds / steps;
  const needed = times.submission + (totalSteps - globalStep) * stepSeconds;
  const speed = `at ${inSeconds(stepSeconds)} a step the schedule's ${countOfSteps(totalSteps)} take about ${inSeconds(needed)}`;
  if (needed <= budgetSeconds) return {text: `${speed}, within the budget of ${inSeconds(budgetSeconds)}`, fits: true};
  const reached = globalStep + Math.max(0, Math.floor((budgetSeconds - times.submission) / stepSeconds));
  const text = `${speed}: the budget of ${inSeconds(budgetSeconds)} ends it after about ${countOfSteps(reached)} (${share(reached, totalSteps)})`;
  return {text, fits: false};
}
