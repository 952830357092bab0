import {existsSync, realpathSync} from 'node:fs';
import {join} from 'node:path';
import type {FileHashes} from '../runs/index.js';
import type {KnownCode} from '../support/index.js';

/** Files of a code in a folder, with what they hold. */
export function filesIn(folder: string, hashes: FileHashes, placeOf = (path: string) => path): KnownCode {
  return new Map(Object.entries(hashes).map(([path, hash]) => [join(folder, placeOf(path)), hash]));
}

/** Where a folder is, links followed. */
export function realOr(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder;
}
