import {existsSync, realpathSync} from 'node:fs';
import {join} from 'node:path';
import {type FileHashes, keptPath} from '../runs/index.js';
import {type KnownCode, requireCode} from '../support/index.js';

/** Files of a code in a folder, with what they hold. */
export function filesIn(folder: string, hashes: FileHashes, placeOf = (path: string) => path): KnownCode {
  return new Map(Object.entries(hashes).map(([path, hash]) => [join(folder, placeOf(path)), hash]));
}

/** Sees to it that of a code, as a run keeps it in a folder, nothing is loaded that is not as the run recorded it. */
export function requireKept(folder: string, hashes: FileHashes): void {
  const places = Object.keys(hashes).map((path): [string, string] => [join(folder, keptPath(path)), path]);
  requireCode(filesIn(folder, hashes, keptPath), new Map(places));
}

/** Where a folder is, links followed. */
export function realOr(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder;
}
