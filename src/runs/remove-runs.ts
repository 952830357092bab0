import {existsSync, readdirSync, renameSync, rmSync} from 'node:fs';
import {basename, dirname, join, relative} from 'node:path';
import {onDisk, UserError} from '../support/index.js';
import {findFolders} from './find-folders.js';
import {FILES, parseRunPath} from './layout.js';
import {type LockOptions, takeLock} from './lock.js';
import type {TuningPlace} from './tuning-record.js';

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
