import type {Workload} from '../contract/index.js';
import {areTargetsReached, bestEvaluation, firstAtTarget, targetRuleOf} from '../metrics/index.js';
import {FILES, type Mark, type RunResult} from '../runs/index.js';
import {count} from '../support/index.js';
import {differs, type Finding, passedUnless, problemsIn, unchecked} from './findings.js';
import type {RecordedEvaluation, RecordedRun} from './recorded-run.js';

/** Whether the result is what the table of evaluations comes to by the workload's own target. */
export function checkResult({result, evaluations}: RecordedRun, workload: Workload): Finding[] {
  if (!result) return [unchecked('result', 'the run is not over')];
  const rule = targetRuleOf(workload);
  const best = bestEvaluation(evaluations, rule);
  const problems = problemsIn([
    differs('metric', result.metric, rule.metric),
    differs('workload', result.workload, workload.name),
    differs(
      'best',
      valued(result.best),
      best ? {...markOf(best), value: best.metrics[`validation/${rule.metric}`]} : null,
    ),
    differs('timeToTarget', valued(result.timeToTarget), markOf(firstAtTarget(evaluations, rule, 'validation'))),
    differs('timeToTestTarget', valued(result.timeToTestTarget), markOf(firstAtTarget(evaluations, rule, 'test'))),
    ...lastProblems(result.last, lastOf(evaluations, workload)),
    statusProblem(result, areTargetsReached(evaluations, rule)),
    stepProblem(result, evaluations),
  ]).map((problem) => `${FILES.result}: ${problem}`);
  return passedUnless('result', problems, `${result.status.replaceAll('_', ' ')}, as the evaluations have it`);
}

/** In the order in which {@link markOf} has it. */
function valued(mark: (Mark & {readonly value?: number}) | null): object | null {
  return mark && {globalStep: mark.globalStep, seconds: mark.seconds, value: mark.value};
}

function markOf(row: RecordedEvaluation | undefined): Mark | null {
  return row ? {globalStep: row.step, seconds: row.submission} : null;
}

function lastOf(evaluations: readonly RecordedEvaluation[], {metrics}: Workload): Metrics | null {
  const last = evaluations.at(-1)?.metrics;
  if (!last) return null;
  const isMeasured = (name: string) => /\/num_examples$/.test(name) || Object.hasOwn(metrics, name.split('/')[1]!);
  return Object.fromEntries(Object.entries(last).filter(([name]) => isMeasured(name)));
}

type Metrics = {readonly [name: string]: number | null};

/** By metric: of a whole evaluation one would not see what differs. */
function lastProblems(found: Metrics | null, expected: Metrics | null): (string | undefined)[] {
  if (!found || !expected) return [differs('last', found, expected)];
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  return names.map((name) => differs(`last: ${name}`, found[name], expected[name]));
}

function statusProblem({status, trainingComplete}: RunResult, isReached: boolean): string | undefined {
  if (status === 'target_reached' && !isReached)
    return 'status is target_reached, but no evaluation reaches the targets';
  // A run that continues after its target may end out of time.
  if (status === 'budget_spent' && trainingComplete && isReached)
    return 'status is budget_spent, but the targets were reached';
  if (status === 'terminated_early' && trainingComplete) return 'status is terminated_early, but training was complete';
  return undefined;
}

function stepProblem({globalStep}: RunResult, evaluations: readonly RecordedEvaluation[]): string | undefined {
  const last = evaluations.at(-1)?.step ?? 0;
  return globalStep < last
    ? `globalStep is ${count(globalStep)}, and the last evaluation was at step ${count(last)}`
    : undefined;
}
