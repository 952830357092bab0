import {isDeepStrictEqual} from 'node:util';
import {dataFingerprint} from '../data/index.js';
import {FILES} from '../runs/index.js';
import {clockDisagreement, readClocks} from './machine-clock.js';
import {evaluationsIn, type OpenRun} from './prepare.js';
import type {TimedEvaluation} from './trial-types.js';

/**
 * What something other than the tool changed during the run, as text: its table of evaluations, the data in memory,
 * or a clock. Each is a reason not to count the run's time.
 */
export async function outsideChanges(run: OpenRun): Promise<string[]> {
  const changes: string[] = [];
  if (!isTableOwn(run)) changes.push(`${FILES.evaluations} was changed while the run was under way`);
  if ((await dataFingerprint(run.dataset)) !== run.dataSha256)
    changes.push('the data in memory was changed while the run was under way');
  const disagreement = clockDisagreement(run.clocks, readClocks());
  if (disagreement !== undefined) changes.push(disagreement);
  return changes;
}

function isTableOwn({folder, options, evaluations}: OpenRun): boolean {
  try {
    const onDisk = evaluationsIn(folder.path, options.workload);
    return onDisk.length === evaluations.length && evaluations.every((own, i) => isSame(own, onDisk[i]!));
  } catch {
    return false;
  }
}

function isSame(own: TimedEvaluation, onDisk: TimedEvaluation): boolean {
  const names = Object.keys(own.metrics);
  const measured = Object.fromEntries(names.map((name) => [name, onDisk.metrics[name]]));
  return isDeepStrictEqual(own, {...onDisk, metrics: measured});
}
