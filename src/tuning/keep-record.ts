import {keepTuningRecord, removeRuns, runPath} from '../runs/index.js';
import {UserError} from '../support/index.js';
import type {TuningPlan} from './plan.js';

/** Where the record of trials goes. */
export interface KeepOptions {
  readonly experimentDir: string;
  readonly overwrite?: boolean | undefined;
  /** Whether only some of the studies' trials are run: those that are not stay. */
  readonly isPart: boolean;
}

/**
 * Keeps what the trials are drawn by, so that the same command continues with them. Where they replace others, those that are
 * none of them are removed: they would count as trials of the same studies.
 * @throws UserError if another process has just started trials of that name, or is at work in one that is to be removed
 */
export async function keepRecord(
  plan: TuningPlan,
  {experimentDir, overwrite = false, isPart}: KeepOptions,
): Promise<void> {
  const {experiment, workload, record, isBegun, trials} = plan;
  if (isBegun) return;
  const place = {experimentDir, experiment, workload: workload.name};
  if (overwrite && !isPart) {
    const paths = trials.map(({study, trial}) =>
      runPath(experimentDir, {experiment, study, workload: workload.name, trial}),
    );
    await removeRuns(place, (path) => !paths.includes(path));
  }
  if (keepTuningRecord(place, record, overwrite)) return;
  throw new UserError(
    `--experiment-name: another process has just started the trials of ${experiment}; start the command again to share them`,
  );
}
