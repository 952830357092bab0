import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative, sep} from 'node:path';
import {filesOfUserModule, placeOfUserModule, readWholeText, UserError} from '../support/index.js';
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
  /** The paths of those that are loaded once a run is under way, if they are; absent: none. */
  readonly later?: readonly string[];
}

/** SHA-256 of each file, in lower-case hexadecimal, by path. */
export type CodeHashes = {readonly [path: string]: string};

/** Paths of files that were loaded while a run was under way. */
export type LaterFiles = {readonly [kind in CodeKind]?: readonly string[]};

/**
 * The user's own code as it was loaded; none where all is built in.
 * @param known - what else belongs to it, as it is on the disk: a run's processes so far have loaded it on the way
 */
export function readUserCode(modules: UserModules, known: LaterFiles = {}): UserCode[] {
  return codeKinds.flatMap((kind) => {
    const ofKind = [modules[kind] ?? []].flat();
    if (ofKind.length === 0) return [];
    const folder = dirname(placeOfUserModule(ofKind[0]!));
    const loaded = filesOf(ofKind, folder);
    const later = (known[kind] ?? []).filter((path) => loaded.has(path) || existsSync(join(folder, path)));
    const others = later.filter((path) => !loaded.has(path)).map((path) => [path, readFileSync(join(folder, path))]);
    return [{kind, files: new Map([...loaded, ...(others as [string, Uint8Array][])]), later}];
  });
}

function filesOf(modules: readonly string[], folder: string): Map<string, Uint8Array> {
  const files = new Map(modules.flatMap((module) => [...filesOfUserModule(module)]));
  const paths = [...files.keys()].sort();
  return new Map(paths.map((path) => [relative(folder, path).split(sep).join('/'), files.get(path)!]));
}

export function hashesOf(files: UserCode['files']): CodeHashes {
  const hash = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
  return Object.fromEntries([...files].map(([path, content]) => [path, hash(content)]));
}

/** The key of a code's hashes in `meta_data_N.json`. */
export function hashesKey(kind: CodeKind): `${CodeKind}.sha256` {
  return `${kind}.sha256`;
}

/** The key of the paths in `meta_data_N.json` that were loaded while the run was under way. */
export function laterKey(kind: CodeKind): `${CodeKind}.loaded_later` {
  return `${kind}.loaded_later`;
}

/** What `meta_data_N.json` says of the code. */
export function codeFacts(code: readonly UserCode[]): {[key: string]: CodeHashes | readonly string[]} {
  return Object.fromEntries(
    code.flatMap(({kind, files, later = []}) => [
      [hashesKey(kind), hashesOf(files)],
      ...(later.length > 0 ? [[laterKey(kind), later]] : []),
    ]),
  );
}

/** The path of a file of the code in the folder that keeps it. Above that there is none in a run: what `..` leads to is called `parent`. */
export function keptPath(path: string): string {
  return path.replaceAll('../', 'parent/');
}

/** Where the code is kept in a run: `source/submission_0/mine.ts`, by the number of the process that brought it. */
export function sourceFiles(code: readonly UserCode[], preemptionCount: number): {[path: string]: Uint8Array} {
  const kept = code.flatMap(({kind, files}) =>
    [...files].map(([path, content]) => [join(FOLDERS.source, `${kind}_${preemptionCount}`, keptPath(path)), content]),
  );
  return Object.fromEntries(kept);
}

/** The code that the run's latest process ran, as its `meta_data` says; a kind of which it ran none is absent. */
export function latestHashes(run: string): {readonly [key in ReturnType<typeof hashesKey>]?: CodeHashes} {
  const latest = metaDataOf(run).at(-1) ?? {};
  const keys = codeKinds.map(hashesKey).filter((key) => latest[key] !== undefined);
  return Object.fromEntries(keys.map((key) => [key, latest[key] as CodeHashes]));
}

/** What the run's processes have loaded on the way, as the latest one's `meta_data` says. */
export function laterFiles(run: string): LaterFiles {
  const latest = metaDataOf(run).at(-1) ?? {};
  const pathsOf = (kind: CodeKind): string[] => [latest[laterKey(kind)] ?? []].flat().map(String);
  return Object.fromEntries(codeKinds.map((kind) => [kind, pathsOf(kind)]));
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
