import {existsSync, realpathSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {type CodeHashes, sha256} from '../runs/index.js';
import {type CodeImports, type KnownCode, keptPath, readWhole} from '../support/index.js';

/** A user's code as a run has recorded it. */
export interface RecordedCode {
  /** Its folder when it was loaded, links followed. */
  readonly folder: string;
  readonly hashes: CodeHashes;
  readonly imports: CodeImports;
}

/**
 * A code where its files lie as they did.
 * @param run - its folder: packages that are not where the code was are looked for above it
 * @param place - where the code's folder is now
 */
export function codeIn(run: string, place: string, code: RecordedCode): KnownCode {
  return placed(run, {place, isKept: false}, code);
}

/** A code as a run keeps it in a folder. */
export function keptCodeIn(run: string, place: string, code: RecordedCode): KnownCode {
  return placed(run, {place, isKept: true}, code);
}

function placed(
  run: string,
  {place, isKept}: Pick<KnownCode, 'place' | 'isKept'>,
  {folder, hashes, imports}: RecordedCode,
): KnownCode {
  const placeOf = (path: string): string => join(place, isKept ? keptPath(path) : path);
  const files = Object.entries(hashes).map(([path, hash]) => [path, {place: placeOf(path), sha256: hash}]);
  return {folder, place, isKept, packages: dirname(realOr(run)), files: Object.fromEntries(files), imports};
}

/** Where a folder is, links followed. */
export function realOr(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder;
}

/** SHA-256 of a file, in lower-case hexadecimal; undefined: it is not there, or no file. */
export function hashOfFile(file: string): string | undefined {
  try {
    return sha256(readWhole(file));
  } catch {
    return undefined;
  }
}
