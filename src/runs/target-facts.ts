import type {TargetRule} from '../metrics/index.js';
import {numbered} from './layout.js';
import {readMapping} from './settings.js';

/** A target's rule as `meta_data_N.json` holds it; no target on test is null. */
export function targetFacts(rule: TargetRule): {readonly [name: string]: unknown} {
  return {
    'workload.target_metric_name': rule.metric,
    'workload.target_goal': rule.goal,
    'workload.target_is_inclusive': rule.inclusive,
    'workload.validation_target_value': rule.validation,
    'workload.test_target_value': rule.test ?? null,
    'workload.loss_metric_name': rule.lossMetric,
  };
}

/** The rule that {@link targetFacts} wrote, or undefined where not all of it is there. */
export function targetRuleIn(meta: {readonly [name: string]: unknown}): TargetRule | undefined {
  const [metric, goal, lossMetric] = ['target_metric_name', 'target_goal', 'loss_metric_name'].map(
    (name) => meta[`workload.${name}`],
  );
  const [validation, test] = [meta['workload.validation_target_value'], meta['workload.test_target_value']];
  if (typeof metric !== 'string' || typeof lossMetric !== 'string' || typeof validation !== 'number') return undefined;
  if (goal !== 'maximize' && goal !== 'minimize') return undefined;
  const inclusive = meta['workload.target_is_inclusive'] === true;
  return {metric, goal, inclusive, validation, ...(typeof test === 'number' && {test}), lossMetric};
}

/** The target that a run was begun with, or undefined where its files don't tell it. */
export function readTargetRule(run: string): TargetRule | undefined {
  return targetRuleIn(readMapping(run, numbered('meta_data', 0)) ?? {});
}
