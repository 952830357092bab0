import type {RunConfig} from '../config/index.js';
import type {Workload} from '../contract/index.js';
import {bestEvaluation, firstAtTarget, targetRuleOf} from '../metrics/index.js';
import type {KeepRules} from '../runs/index.js';
import type {TimedEvaluation} from './trial-types.js';

/** How many of the latest checkpoints stay: should the last one prove damaged, the one before it takes its place. */
const LATEST = 2;

/** What decides which checkpoints of a run stay. */
export interface KeepOptions {
  readonly workload: Workload;
  readonly checkpoints: RunConfig['checkpoints'];
  /** The run's, up to now. */
  readonly evaluations: readonly TimedEvaluation[];
}

/** Which checkpoints of a run that keeps any stay. */
export function keepRules({workload, checkpoints, evaluations}: KeepOptions): KeepRules {
  const {keep, keepLast = LATEST} = checkpoints;
  const target = targetRuleOf(workload);
  // Without those that reached the targets, nothing would show that they were.
  const others = [
    firstAtTarget(evaluations, target, 'validation'),
    firstAtTarget(evaluations, target, 'test'),
    keep === 'best' ? bestEvaluation(evaluations, target) : undefined,
  ].flatMap((each) => each?.globalStep ?? []);
  return {keepLast: keep === 'all' ? Number.POSITIVE_INFINITY : keepLast, others};
}
