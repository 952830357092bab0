import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, realpathSync} from 'node:fs';
import {dirname, join, relative, sep} from 'node:path';
import {filesOfUserModule, readWholeText, UserError} from '../support/index.js';
import {FOLDERS} from './layout.js';

/** What a user may bring code for. */
export type CodeKind = 'submission' | 'workload' | 'schedules';

/** All that there are. */
export const codeKinds: readonly CodeKind[] = Object.freeze(['submission', 'workload', 'schedules']);

/** The paths of modules that were loaded by `importUserModule`; of schedules there may be several. */
export interface UserModules {
  readonly submission?: string | undefined;
  readonly workload?: string | undefined;
  readonly schedules?: readonly string[] | undefined;
}

/** Modules of the user's with all that they import, but for packages. */
export interface UserCode {
  readonly kind: CodeKind;
  /** Contents by path, seen from the first module's folder: `mine.ts`, `../shared/steps.ts`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** SHA-256 of each file, in lower-case hexadecimal, by path. */
export type CodeHashes = {readonly [path: string]: string};

/** The user's own code as it is on the disk; none where all is built in. */
export function readUserCode(modules: UserModules): UserCode[] {
  return codeKinds.flatMap((kind) => {
    const ofKind = [modules[kind] ?? []].flat();
    return ofKind.length === 0 ? [] : [{kind, files: filesOf(ofKind)}];
  });
}

function filesOf(modules: readonly string[]): Map<string, Uint8Array> {
  const folder = dirname(realpathSync(modules[0]!));
  const paths = new Set(modules.flatMap((module) => filesOfUserModule(module)));
  return new Map([...paths].sort().map((path) => [relative(folder, path).split(sep).join('/'), readFileSync(path)]));
}

export function hashesOf(files: UserCode['files']): CodeHashes {
  const hash = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
  return Object.fromEntries([...files].map(([path, content]) => [path, hash(content)]));
}

/** The key of a code's hashes in `meta_data_N.json`. */
export function hashesKey(kind: CodeKind): `${CodeKind}.sha256` {
  return `${kind}.sha256`;
}

/**
 * Where the code is kept in a run: `source/submission_0/mine.ts`, by the number of the process that brought it. Above the folders
 * that `..` leads to there is none in a run: they are called `parent`.
 */
export function sourceFiles(code: readonly UserCode[], preemptionCount: number): {[path: string]: Uint8Array} {
  const kept = code.flatMap(({kind, files}) =>
    [...files].map(([path, content]) => [
      join(FOLDERS.source, `${kind}_${preemptionCount}`, path.replaceAll('../', 'parent/')),
      content,
    ]),
  );
  return Object.fromEntries(kept);
}

/** The code that the run's latest process ran, as its `meta_data` says; a kind of which it ran none is absent. */
export function latestHashes(run: string): {readonly [key in ReturnType<typeof hashesKey>]?: CodeHashes} {
  const latest = metaDataOf(run).at(-1) ?? {};
  const keys = codeKinds.map(hashesKey).filter((key) => latest[key] !== undefined);
  return Object.fromEntries(keys.map((key) => [key, latest[key] as CodeHashes]));
}

/** Why the time of one of the run's processes was not official, each reason once. */
export function reasonsSoFar(run: string): string[] {
  const reasons = metaDataOf(run).flatMap(({not_official_because: because}) => (Array.isArray(because) ? because : []));
  return [...new Set(reasons.map(String))];
}

/** The facts that each process of the run has left, the earliest first. */
function metaDataOf(run: string): {readonly [name: string]: unknown}[] {
  const numbers = readdirSync(run).flatMap((name) => name.match(/^meta_data_(\d+)\.json$/)?.[1] ?? []);
  return numbers
    .map(Number)
    .sort((a, b) => a - b)
    .map((number) => readMetaData(join(run, `meta_data_${number}.json`)));
}

function readMetaData(path: string): {readonly [name: string]: unknown} {
  try {
    return Object(JSON.parse(readWholeText(path)));
  } catch (cause) {
    throw new UserError(`${path}: what the run was made with can't be read from it (${(cause as Error).message})`, {
      cause,
    });
  }
}

/** The files in which two versions of a code differ, in words: `lib/steps.ts: changed`. */
export function codeDifferences(before: CodeHashes = {}, after: CodeHashes = {}): string[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths.flatMap((path) => {
    if (before[path] === after[path]) return [];
    const what = before[path] === undefined ? 'added' : after[path] === undefined ? 'no longer there' : 'changed';
    return [`${path}: ${what}`];
  });
}
