import {existsSync, realpathSync} from 'node:fs';
import {join} from 'node:path';
import {type CodeHashes, keptPath} from '../runs/index.js';
import type {CodeImports, KnownCode} from '../support/index.js';

/** A user's code as a run has recorded it. */
export interface RecordedCode {
  /** Its folder when it was loaded, links followed. */
  readonly folder: string;
  readonly hashes: CodeHashes;
  readonly imports: CodeImports;
}

/** A code where its files lie as they did. @param place - where its folder is now */
export function codeIn(place: string, code: RecordedCode): KnownCode {
  return placed(place, code, (path) => path);
}

/** A code as a run keeps it in a folder. */
export function keptCodeIn(place: string, code: RecordedCode): KnownCode {
  return placed(place, code, keptPath);
}

function placed(place: string, {folder, hashes, imports}: RecordedCode, placeOf: (path: string) => string): KnownCode {
  const files = Object.entries(hashes).map(([path, sha256]) => [path, {place: join(place, placeOf(path)), sha256}]);
  return {folder, place, files: Object.fromEntries(files), imports};
}

/** Where a folder is, links followed. */
export function realOr(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder;
}
