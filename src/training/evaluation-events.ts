import type {EvalResult, Workload} from '../contract/index.js';
import {hasFiniteLoss, splitsOf, splitsWithoutValue, type TargetSplit, targetRuleOf} from '../metrics/index.js';
import type {ToolEvent} from '../runs/index.js';
import type {TimedEvaluation} from './trial-types.js';

/**
 * What is to be said of an evaluation: its values, and what of them is not finite for the first time.
 * @param evaluations - of the run so far, this one included
 */
export function evaluationEvents(
  result: TimedEvaluation,
  evaluations: readonly TimedEvaluation[],
  workload: Workload,
): ToolEvent[] {
  const {globalStep} = result;
  const notFinite = `step ${globalStep}: the validation ${workload.lossMetric} is NaN or infinite`;
  return [
    {name: 'evaluation', message: evaluationText(result, workload), data: finiteMetrics(result)},
    ...(becameInfinite(evaluations, workload) ? [{name: 'not_finite', message: notFinite} as const] : []),
    ...newlyWithoutValue(evaluations, workload).map(
      (split) => ({name: 'no_value', message: withoutValueInWords(result, workload, split)}) as const,
    ),
  ];
}

/** Whether the last evaluation is the first of those in a row whose loss is not finite. */
function becameInfinite(evaluations: readonly TimedEvaluation[], workload: Workload): boolean {
  const target = targetRuleOf(workload);
  const [before, last] = [evaluations.at(-2), evaluations.at(-1)];
  return last !== undefined && !hasFiniteLoss(last, target) && (before === undefined || hasFiniteLoss(before, target));
}

/** The splits whose target's metric can't be computed at the last evaluation, without those of which that was said before. */
function newlyWithoutValue(evaluations: readonly TimedEvaluation[], workload: Workload): TargetSplit[] {
  const target = targetRuleOf(workload);
  const [last, ...before] = evaluations.toReversed();
  const said = new Set(before.flatMap((evaluation) => splitsWithoutValue(evaluation, target)));
  return last ? splitsWithoutValue(last, target).filter((split) => !said.has(split)) : [];
}

function withoutValueInWords({globalStep, metrics}: EvalResult, {target}: Workload, split: TargetSplit): string {
  const value = metrics[`${split}/${target.metric}`];
  const found = Number.isNaN(value) ? 'NaN' : 'infinite';
  return `step ${globalStep}: the ${split} ${target.metric} is ${found} though the loss is finite; the ${split} target can't be reached by it`;
}

function finiteMetrics({metrics}: EvalResult): {[name: string]: number | null} {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}

function evaluationText({globalStep, metrics, submissionTime}: TimedEvaluation, workload: Workload): string {
  const {target, lossMetric} = workload;
  const columns = splitsOf(workload)
    .filter((split) => split !== 'train')
    .map((split) => [split, target.metric]);
  if (lossMetric !== target.metric) columns.push(['validation', lossMetric]);
  const values = columns.map(([split, metric]) => `${split} ${metric} ${metrics[`${split}/${metric}`]?.toFixed(4)}`);
  return `step ${globalStep}: ${values.join(', ')} (${submissionTime.toFixed(1)} s)`;
}
