import {existsSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {DataArchive} from '../contract/index.js';
import {makeFolder, onDisk, removeLeftOf, temporaryPath, UserError, withTemporary} from '../support/index.js';
import {download, type OnProgress} from './download.js';
import {withFileLock} from './file-lock.js';

export interface ArchiveOptions {
  readonly archive: DataArchive;
  /** The folder that gets the archive's folder; made if it is missing. */
  readonly into: string;
  readonly onProgress: OnProgress;
  /** A step begins; `text` says which. */
  readonly onStep: (text: string) => void;
}

export interface FetchedData {
  /** The folder with the data. */
  readonly folder: string;
  /** Whether it was there before and nothing was done. */
  readonly wasThere: boolean;
}

/**
 * Fetches an archive, checks and unpacks it, and deletes it. An archive that is in the folder already is taken instead of
 * fetching it; one that has arrived in part is continued. Of two processes at once the second waits for the first. The data's
 * folder appears whole or not at all.
 * @throws UserError if the archive can't be had (naming the file to put where), is damaged or holds other files
 */
export async function fetchArchive({archive, into, onProgress, onStep}: ArchiveOptions): Promise<FetchedData> {
  const folder = join(into, archive.folder);
  if (missingIn(folder, archive).length === 0) return {folder, wasThere: true};
  onDisk(into, () => makeFolder(into));
  const file = join(into, archive.file);
  return withFileLock(`${file}.lock`, {
    onWait: (holder) => onStep(`waiting for another download to ${into} (${holder})`),
    work: () => fetchLocked({archive, into, onProgress, onStep}),
  });
}

/** While no other process fetches it; one that did so before may have left all of it. */
async function fetchLocked({archive, into, onProgress, onStep}: ArchiveOptions): Promise<FetchedData> {
  const folder = join(into, archive.folder);
  if (missingIn(folder, archive).length === 0) return {folder, wasThere: true};
  removeLeftOf(folder);
  const file = join(into, archive.file);
  onStep(existsSync(file) ? `checking ${file}` : `fetching ${archive.url}`);
  await downloadTo(file, archive, onProgress);
  onStep(`unpacking ${file}`);
  await unpack(file, folder, archive);
  rmSync(file);
  return {folder, wasThere: false};
}

function missingIn(folder: string, {members}: DataArchive): string[] {
  return members.filter((name) => !existsSync(join(folder, name)));
}

async function downloadTo(file: string, {url, md5}: DataArchive, onProgress: OnProgress): Promise<void> {
  const wasThere = existsSync(file);
  try {
    await download({url, file, checksum: {algorithm: 'md5', digest: md5}, onProgress});
  } catch (cause) {
    if (!(cause instanceof UserError)) throw onDiskError(file, cause);
    const hint = wasThere
      ? ''
      : `\nOr fetch ${url} by other means, put it at ${file} and run the same command again: it is then checked and unpacked.`;
    throw new UserError(`${cause.message}${hint}`, {cause});
  }
}

/** A disk problem that the user can fix, as text. */
function onDiskError(file: string, error: unknown): unknown {
  try {
    return onDisk(file, () => {
      throw error;
    });
  } catch (reported) {
    return reported;
  }
}

/** Unpacks beside the final folder, so that a reader sees all of it or nothing. */
async function unpack(file: string, folder: string, archive: DataArchive): Promise<void> {
  const beside = temporaryPath(folder);
  await withTemporary([beside], async () => {
    makeFolder(beside);
    const {extract} = await import('tar');
    await extract({file, cwd: beside, strict: true});
    const unpacked = join(beside, archive.folder);
    const missing = missingIn(unpacked, archive);
    if (missing.length > 0) throw new UserError(`${file}: the archive lacks ${archive.folder}/${missing[0]}`);
    rmSync(folder, {recursive: true, force: true});
    renameSync(unpacked, folder);
  }).catch((error) => {
    throw error instanceof UserError ? error : onDiskError(folder, error);
  });
}
