import type {EvalResult, Target} from '../contract/index.js';

/** An evaluation together with the submission's time at it. */
export interface TimedEvaluation extends EvalResult {
  /** Seconds on the submission's clock. */
  readonly submissionTime: number;
}

/** A split that has a target. */
export type TargetSplit = 'validation' | 'test';

/** Whether a metric's value is better than the target's, strictly, as AlgoPerf's runner tests it; NaN never is. */
export function isBetter(value: number, than: number, goal: Target['goal']): boolean {
  return goal === 'maximize' ? value > than : value < than;
}

/** The first evaluation at which the split's target was reached, or undefined. */
export function firstAtTarget<E extends EvalResult>(
  evaluations: readonly E[],
  target: Target,
  split: TargetSplit,
): E | undefined {
  return evaluations.find(({metrics}) =>
    isBetter(metrics[`${split}/${target.metric}`] ?? Number.NaN, target[split], target.goal),
  );
}

/** Whether the validation loss, where there is one, and the target metric on validation are finite numbers. */
export function hasFiniteLoss({metrics}: EvalResult, {metric}: Target): boolean {
  return Number.isFinite(metrics[`validation/${metric}`]) && Number.isFinite(metrics['validation/loss'] ?? 0);
}

/**
 * The evaluation with the best value of the target metric on validation (the first of equals), or undefined. A model whose
 * loss is not finite is none, whatever its metric.
 */
export function bestEvaluation<E extends EvalResult>(evaluations: readonly E[], target: Target): E | undefined {
  const name = `validation/${target.metric}`;
  const measured = evaluations.filter((evaluation) => hasFiniteLoss(evaluation, target));
  return measured.reduce<E | undefined>(
    (best, next) =>
      best === undefined || isBetter(next.metrics[name]!, best.metrics[name]!, target.goal) ? next : best,
    undefined,
  );
}
