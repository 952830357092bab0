import type {Goal, Workload} from '../contract/index.js';

/** A split that may have a target. */
export type TargetSplit = 'validation' | 'test';

/**
 * What decides when a run has reached its target and which of its evaluations is the best: plain data, which a run's folder
 * keeps, so that it can be judged without its workload.
 */
export interface TargetRule {
  /** Name of the metric, without a split's prefix: `accuracy`. */
  readonly metric: string;
  readonly goal: Goal;
  /** Whether a value that equals the target reaches it. */
  readonly inclusive: boolean;
  readonly validation: number;
  /** Absent: there is no target on the test split. */
  readonly test?: number;
  /** Name of the metric that has to be finite: without it the numbers have diverged. */
  readonly lossMetric: string;
}

/** What is judged: metrics by `split/name`, such as `validation/accuracy`. */
export interface Measured {
  readonly metrics: {readonly [name: string]: number};
}

/** The rule that a workload's numbers lay down. */
export function targetRuleOf({
  target,
  metrics,
  lossMetric,
}: Pick<Workload, 'target' | 'metrics' | 'lossMetric'>): TargetRule {
  return {inclusive: false, ...target, goal: metrics[target.metric]!, lossMetric};
}

/** Whether `value` is better than another one, strictly; NaN never is. */
export function isBetter(value: number, than: number, goal: Goal): boolean {
  return goal === 'maximize' ? value > than : value < than;
}

/** The relation of a value that reaches the target to the target. */
export function signOf({goal, inclusive}: Pick<TargetRule, 'goal' | 'inclusive'>): '>' | '>=' | '<' | '<=' {
  if (goal === 'maximize') return inclusive ? '>=' : '>';
  return inclusive ? '<=' : '<';
}

/** Whether an evaluation reaches the split's target; false where there is none. */
export function reachesTarget({metrics}: Measured, rule: TargetRule, split: TargetSplit): boolean {
  const target = rule[split];
  const value = metrics[`${split}/${rule.metric}`];
  if (target === undefined || value === undefined) return false;
  return isBetter(value, target, rule.goal) || (rule.inclusive && value === target);
}

/** The first evaluation that reaches the split's target, or undefined. */
export function firstAtTarget<E extends Measured>(
  evaluations: readonly E[],
  rule: TargetRule,
  split: TargetSplit,
): E | undefined {
  return evaluations.find((evaluation) => reachesTarget(evaluation, rule, split));
}

/** Whether every target was reached, each at some evaluation: that of validation, and that of test where there is one. */
export function areTargetsReached(evaluations: readonly Measured[], rule: TargetRule): boolean {
  const splits: readonly TargetSplit[] = rule.test === undefined ? ['validation'] : ['validation', 'test'];
  return splits.every((split) => firstAtTarget(evaluations, rule, split) !== undefined);
}

/** Whether the loss is finite on validation, whatever the target's metric. */
export function hasFiniteLoss({metrics}: Measured, {lossMetric}: Pick<TargetRule, 'lossMetric'>): boolean {
  return Number.isFinite(metrics[`validation/${lossMetric}`]);
}

/**
 * The splits with a target whose metric is NaN or infinite though the loss is finite: it can't be computed of their answers, as an
 * average precision where no answer is 1. Empty where the loss is not finite either.
 */
export function splitsWithoutValue(evaluation: Measured, rule: TargetRule): TargetSplit[] {
  if (!hasFiniteLoss(evaluation, rule)) return [];
  const splits: readonly TargetSplit[] = ['validation', 'test'];
  return splits.filter((split) => {
    const value = evaluation.metrics[`${split}/${rule.metric}`];
    return rule[split] !== undefined && value !== undefined && !Number.isFinite(value);
  });
}

/**
 * The evaluation with the best value of the target's metric on validation (the first of equals), or undefined. One whose metric or
 * loss is not finite is none.
 */
export function bestEvaluation<E extends Measured>(evaluations: readonly E[], rule: TargetRule): E | undefined {
  const name = `validation/${rule.metric}`;
  return evaluations
    .filter((evaluation) => Number.isFinite(evaluation.metrics[name]) && hasFiniteLoss(evaluation, rule))
    .reduce<E | undefined>(
      (best, next) => (best && !isBetter(next.metrics[name]!, best.metrics[name]!, rule.goal) ? best : next),
      undefined,
    );
}
