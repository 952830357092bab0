import {existsSync, readdirSync, renameSync, rmdirSync, rmSync} from 'node:fs';
import {basename, dirname, isAbsolute, join, relative} from 'node:path';
import {onDisk, UserError} from '../support/index.js';
import {findFolders} from './find-folders.js';
import {FILES, parseRunPath} from './layout.js';
import {type LockOptions, takeLock} from './lock.js';
import type {RunSummary} from './summary.js';
import {type TuningPlace, tuningFile} from './tuning-record.js';

/**
 * Removes runs of a workload in an experiment, each in one rename.
 * @param isRemoved - by the run's folder
 * @throws UserError if a process is at work in one
 */
export async function removeRuns(
  {experimentDir, experiment, workload}: TuningPlace,
  isRemoved: (path: string) => boolean,
): Promise<void> {
  for (const path of findFolders(experimentDir).runs) {
    const found = parseRunPath(relative(experimentDir, path));
    if (found?.experiment === experiment && found.workload === workload && isRemoved(path)) await removeRun(path, {});
  }
}

/**
 * Deletes a run, the folders above it that are empty then, and with a workload's last run in an experiment the record of its
 * trials.
 * @throws UserError if a process is at work in it, or it can't be removed
 */
export async function deleteRun(experimentDir: string, {path, experiment, workload}: RunSummary): Promise<void> {
  await removeRun(path, {});
  const isLast = !findFolders(experimentDir, experiment).runs.some((other) => {
    const found = parseRunPath(relative(experimentDir, other));
    return found?.experiment === experiment && found.workload === workload;
  });
  if (isLast && workload !== null) rmSync(tuningFile({experimentDir, experiment, workload}), {force: true});
  removeEmpty(dirname(path), experimentDir);
}

function removeEmpty(folder: string, experimentDir: string): void {
  const below = relative(experimentDir, folder);
  if (below === '' || below.startsWith('..') || isAbsolute(below)) return;
  try {
    rmdirSync(folder);
  } catch {
    // Something is left in it.
    return;
  }
  removeEmpty(dirname(folder), experimentDir);
}

/** Takes an old run away in one rename, then removes it. */
export async function removeRun(path: string, {warn}: Pick<LockOptions, 'warn'>): Promise<void> {
  if (!existsSync(path)) return;
  const names = onDisk(path, () => readdirSync(path));
  if (names.length > 0 && !names.includes(FILES.config)) {
    throw new UserError(
      `--overwrite: ${path} holds no run, but other files; choose another --experiment-name, or remove it yourself`,
    );
  }
  const lock = await takeLock(path, {...(warn && {warn})});
  const aside = join(dirname(path), `.${basename(path)}.old.${process.pid}.tmp`);
  try {
    onDisk(path, () => {
      renameSync(path, aside);
      rmSync(aside, {recursive: true, force: true});
    });
  } finally {
    lock.release();
  }
}
