import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {bestEvaluation, firstAtTarget, hasFiniteLoss, targetRuleOf} from '../metrics/index.js';
import {endingInWords, endRun, FILES, FOLDERS, officialBy, type RunResult} from '../runs/index.js';
import {noTime} from './clock.js';
import {doubtsAbout} from './confirm.js';
import {type DrawnRun, drawTraining} from './draw-training.js';
import {keepLateCode, lateCode} from './late-code.js';
import {changedFiles, outsideChanges} from './outside-changes.js';
import {type BudgetOptions, budgetSecondsOf, type OpenRun} from './prepare.js';
import {noteReasons} from './process-files.js';
import type {RunFolder} from './run-folder.js';
import type {RunOutcome} from './run-options.js';
import type {Ending, TimedEvaluation, Trial} from './trial-types.js';

/** Why a run that was terminated early is not official. */
const ENDED_BY_OTHERS = 'early_terminate: the results of other runs ended it';

/** Draws the run, then writes its result; an interrupted run has none, since it may continue. */
export async function finish(run: OpenRun, trial: Trial, ending: Ending): Promise<RunOutcome> {
  const {options, folder, record} = run;
  const {path, experiment, lock} = folder;
  lock.requireHeld();
  const {globalStep} = trial.progress;
  const draw = (words: string) => drawOrWarn(run, {title: experiment, ending: words, globalStep});
  const doubts = await trial.clock.time('logging', () => doubtsAbout(run, ending));
  const outside = [...(doubts ?? []), ...(await outsideChanges(run))];
  if (ending.status === 'interrupted' || doubts === undefined) {
    const interrupted: Ending = doubts
      ? ending
      : {status: 'interrupted', reason: `interrupted after step ${globalStep}`};
    await draw(interrupted.reason);
    noteChanges(run, outside);
    // There is none; one that other code has written is not the run's.
    rmSync(join(path, FILES.result), {force: true});
    return {result: undefined, path, experiment, globalStep, ending: interrupted};
  }
  record.finish(globalStep, trial.clock.read().submission);
  const end = {status: ending.status, reason: reasonOf(run, ending), globalStep};
  await draw(endingInWords(end));
  const {trainingComplete} = trial.progress;
  const changes = noteChanges(run, outside);
  const reasons = ending.status === 'terminated_early' ? [...changes, ENDED_BY_OTHERS] : changes;
  const {result, written} = endRun(path, resultOf(run, {...end, times: trial.clock.read(), trainingComplete}, reasons));
  options.watcher.result?.(written);
  return {result, path, experiment, globalStep, ending};
}

/** What was trained is not lost with its picture. */
async function drawOrWarn({options, folder}: OpenRun, about: DrawnRun): Promise<void> {
  try {
    await drawTraining(folder.path, options.workload, about);
  } catch (error) {
    options.watcher.warn(`${FOLDERS.plots}/training.png could not be drawn: ${(error as Error).message}`);
  }
}

/**
 * Says what else was changed than the run has changed it. Nothing of the submission's can come between this and the result.
 * @returns all of it
 */
function noteChanges(run: OpenRun, outside: readonly string[]): string[] {
  const {options, folder} = run;
  const late = lateCode(run);
  const changes = [...new Set([...outside, ...changedFiles(run), ...run.lateChanges, ...late.changes])];
  for (const change of changes) options.watcher.warn(`the result is not official: ${change}`);
  if (changes.length > 0) noteReasons(folder.path, folder.preemptionCount, changes);
  keepLateCode(folder, late);
  return changes;
}

/** The reason, with a warning if the last loss is not finite. */
function reasonOf({options, evaluations}: OpenRun, {status, reason}: Ending): string {
  const last = evaluations.at(-1);
  if (status === 'diverged' || !last || hasFiniteLoss(last, targetRuleOf(options.workload))) return reason;
  return `${reason}; the last validation ${options.workload.lossMetric} is NaN or infinite`;
}

/** What a result needs to know about its run. */
export interface EndedRun extends Pick<OpenRun, 'evaluations'> {
  readonly options: BudgetOptions;
  readonly folder: Pick<RunFolder, 'experiment' | 'path' | 'notOfficial'>;
}

/** A result before its run's files are hashed. */
type EndedResult = Omit<RunResult, 'sha256' | 'checkpoints'>;

function resultOf(
  {options, folder, evaluations}: EndedRun,
  end: Pick<RunResult, 'status' | 'reason' | 'globalStep' | 'times' | 'trainingComplete'>,
  changes: readonly string[] = [],
): EndedResult {
  const {workload} = options;
  const target = targetRuleOf(workload);
  const mark = (at: TimedEvaluation | undefined) => at && {globalStep: at.globalStep, seconds: at.submissionTime};
  const best = bestEvaluation(evaluations, target);
  return {
    ...end,
    overshootSeconds: Math.max(0, end.times.submission - (budgetSecondsOf(options) ?? Number.POSITIVE_INFINITY)),
    workload: workload.name,
    experiment: folder.experiment,
    path: folder.path,
    metric: target.metric,
    best: best ? {...mark(best)!, value: best.metrics[`validation/${target.metric}`]!} : null,
    last: evaluations.at(-1)?.metrics ?? null,
    timeToTarget: mark(firstAtTarget(evaluations, target, 'validation')) ?? null,
    timeToTestTarget: mark(firstAtTarget(evaluations, target, 'test')) ?? null,
    ...officialBy([...folder.notOfficial, ...changes], end.status),
  };
}

/** Records in the folder that the run failed, if that can still be written. */
export function leaveFailure(run: OpenRun, error: Error): void {
  const {folder, options} = run;
  try {
    // A run that another process has taken over is ended by that process.
    folder.lock.requireHeld();
  } catch {
    options.watcher.lost?.(folder);
    return;
  }
  try {
    const {written} = endRun(folder.path, failedResult(run, error.message));
    options.watcher.result?.(written);
  } catch {
    // The disk may have failed; the original error is reported to the user.
  }
}

/** The result of a run that failed. */
export function failedResult(run: EndedRun, reason: string): EndedResult {
  const last = run.evaluations.at(-1);
  return resultOf(run, {
    status: 'failed',
    reason,
    globalStep: last?.globalStep ?? 0,
    times: {...noTime, submission: last?.submissionTime ?? 0},
    trainingComplete: false,
  });
}
