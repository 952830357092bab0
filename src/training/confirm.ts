import {bestEvaluation, firstAtTarget, type TargetSplit, targetRuleOf} from '../metrics/index.js';
import {checkpointSteps} from '../runs/index.js';
import type {OpenRun} from './prepare.js';
import type {Ending} from './trial-types.js';

/**
 * Has the evaluations that reached the targets confirmed, if there is somebody to do it and the run's time would count.
 * @returns why they do not count, in words; undefined: the run is to stop, and the answer was not waited for
 */
export async function doubtsAbout(
  {options, folder, evaluations, settings}: OpenRun,
  ending: Ending,
): Promise<readonly string[] | undefined> {
  const {confirm, signal, watcher, workload} = options;
  if (!confirm || ending.status === 'interrupted' || folder.notOfficial.length > 0) return [];
  const rule = targetRuleOf(workload);
  const stepOf = (split: TargetSplit) => firstAtTarget(evaluations, rule, split)?.globalStep;
  const [validation, test] = [stepOf('validation'), stepOf('test')];
  if (validation === undefined && test === undefined) return [];
  watcher.info('evaluating what reached the target once more, in a process without the code of the submission');
  const {path} = folder;
  const steps = {...(validation !== undefined && {validation}), ...(test !== undefined && {test})};
  const kept = checkpointSteps(path);
  const named = [bestEvaluation(evaluations, rule), evaluations.at(-1)].flatMap((each) => each?.globalStep ?? []);
  const others = [...new Set(named)].filter((step) => kept.includes(step));
  return Promise.race([confirm({path, steps, others, settings}), aborted(signal)]);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), {once: true});
  });
}
