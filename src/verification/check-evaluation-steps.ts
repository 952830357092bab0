import {count} from '../support/index.js';
import type {RunOptions} from '../training/index.js';
import {budgetSecondsOf} from '../training/index.js';
import {type Finding, passedUnless} from './findings.js';
import type {RecordedRun} from './recorded-run.js';

/**
 * Whether there is an evaluation of every step at which the config asks for one: of the first, of every multiple of
 * `evaluation.every_steps`, and of the last one of a run that has completed its training. The very last step may have none: the
 * run may have ended in it.
 */
export function checkEvaluationSteps(
  {evaluations, result}: RecordedRun,
  options: Pick<RunOptions, 'loaded' | 'workload' | 'maxRuntime' | 'tuning'>,
): Finding[] {
  const {everySteps} = options.loaded.config.evaluation;
  const there = new Set(evaluations.map(({step}) => step));
  const end = Math.max(result?.globalStep ?? 0, evaluations.at(-1)?.step ?? 0);
  const due = [1, ...multiples(everySteps, end)].filter((step) => step < end);
  const hasTime = (result?.times.submission ?? 0) < (budgetSecondsOf(options) ?? Number.POSITIVE_INFINITY);
  if (result?.trainingComplete && hasTime) due.push(result.globalStep);
  const missing = [...new Set(due)].filter((step) => !there.has(step));
  return passedUnless(
    'tables',
    missing.map((step) => `there is no evaluation of step ${count(step)}, though the config asks for one`),
    everySteps === undefined
      ? 'the evaluations begin at step 1'
      : `there is an evaluation of every ${count(everySteps)} steps`,
  );
}

function multiples(of: number | undefined, most: number): number[] {
  return of === undefined ? [] : Array.from({length: Math.floor(most / of)}, (_, i) => (i + 1) * of);
}
