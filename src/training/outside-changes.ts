import {dataFingerprint} from '../data/index.js';
import {differingFiles, type FileHashes, settingHashes, sourceHashes} from '../runs/index.js';
import {clockDisagreement, readClocks} from './machine-clock.js';
import type {OpenRun} from './prepare.js';

/**
 * What something other than the tool changed during the run beside its files, as text: the data in memory, or a clock. Each is a
 * reason not to count the run's time.
 */
export async function outsideChanges(run: OpenRun): Promise<string[]> {
  const changes: string[] = [];
  if ((await dataFingerprint(run.dataset)) !== run.dataSha256)
    changes.push('the data in memory was changed while the run was under way');
  const disagreement = clockDisagreement(run.clocks, readClocks());
  if (disagreement !== undefined) changes.push(disagreement);
  return changes;
}

/** Hashes of what a run's process leaves as it is from its beginning: settings, facts of its processes, the kept code. */
export function fixedHashes(run: string): FileHashes {
  return {...settingHashes(run), ...sourceHashes(run)};
}

/** The files of the run that are not as the tool has left them, as text: each is a reason, too. To be looked at last of all. */
export function changedFiles({folder, record, settings}: Pick<OpenRun, 'folder' | 'record' | 'settings'>): string[] {
  const changed = [...record.changedFiles(), ...differingFiles(settings, fixedHashes(folder.path))];
  return changed.map((file) => `${file} was changed while the run was under way`);
}
