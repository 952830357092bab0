import {keepTuningRecord, readTuningRecord, removeRuns, runPath} from '../runs/index.js';
import type {TuningPlan} from './plan.js';
import {requireSameRecord} from './same-record.js';

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
 * none of them are removed: they would count as trials of the same studies. Of several processes that start the same trials at one
 * moment, the first keeps the record and the others share the trials.
 * @throws UserError if another process has just started other trials of that name, or is at work in one that is to be removed
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
  if (!keepTuningRecord(place, record, overwrite)) requireSameRecord(readTuningRecord(place)!, record, experiment);
}
