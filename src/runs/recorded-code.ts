import {join, posix} from 'node:path';
import {type CodeImports, readWholeText, UserError} from '../support/index.js';
import {processFileNames} from './process-files.js';

/** What a user may bring code for. */
export type CodeKind = 'submission' | 'workload' | 'schedules';

/** All that there are. */
export const codeKinds: readonly CodeKind[] = Object.freeze(['submission', 'workload', 'schedules']);

/** SHA-256 of each file, in lower-case hexadecimal, by path. */
export type CodeHashes = {readonly [path: string]: string};

/** Paths of files that were loaded while a run was under way. */
export type LaterFiles = {readonly [kind in CodeKind]?: readonly string[]};

/** The key of a code's hashes in `meta_data_N.json`. */
export function hashesKey(kind: CodeKind): `${CodeKind}.sha256` {
  return `${kind}.sha256`;
}

/** The key of the paths in `meta_data_N.json` that were loaded while the run was under way. */
export function laterKey(kind: CodeKind): `${CodeKind}.loaded_later` {
  return `${kind}.loaded_later`;
}

/** What `meta_data_N.json` says of a code beside its hashes. */
export interface CodeFacts {
  readonly folder: string;
  /** The working directory, from which the paths in a config go. */
  readonly cwd: string;
  /** The paths of the modules, by how they were asked for. */
  readonly modules: {readonly [asked: string]: string};
  readonly imports: CodeImports;
}

/** The key in `meta_data_N.json` of where the code was, how it is asked for, and what its files get of each other. */
export function factsKey(kind: CodeKind): `${CodeKind}.code` {
  return `${kind}.code`;
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

/**
 * Requires that what the run's processes say of the user's code can be used.
 * @throws UserError naming file and key
 */
export function requireRecordedCode(run: string): void {
  for (const file of metaDataFiles(run)) requireCodeFacts(readMetaData(file), file);
}

/** The facts that each process of the run has left, the earliest first. */
function metaDataOf(run: string): {readonly [name: string]: unknown}[] {
  return metaDataFiles(run).map(readMetaData);
}

function metaDataFiles(run: string): string[] {
  return processFileNames(run, 'meta_data').map((name) => join(run, name));
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

/** Where two versions of a code get other files by what they ask for, in words: `mine.ts: gets b.ts by './lib.ts', and got a.ts`. */
export function importDifferences(before: CodeImports = {}, after: CodeImports = {}): string[] {
  return Object.entries(before).flatMap(([path, imports]) =>
    Object.entries(imports).flatMap(([key, child]) => {
      const now = after[path]?.[key] ?? child;
      return now === child ? [] : [`${path}: gets ${now} by '${key}', and got ${child}`];
    }),
  );
}

/** What the files of a code have got in several of its processes; of two by one name the last. */
export function mergedImports(all: readonly CodeImports[]): CodeImports {
  const merged: {[path: string]: {readonly [key: string]: string}} = {};
  for (const imports of all)
    for (const [path, found] of Object.entries(imports)) merged[path] = {...merged[path], ...found};
  return merged;
}

/** What the run's latest process got by what its code's files ask for, as its `meta_data` says; a kind of which it ran none is absent. */
export function latestImports(run: string): {readonly [kind in CodeKind]?: CodeImports} {
  const latest = metaDataOf(run).at(-1) ?? {};
  return Object.fromEntries(
    codeKinds.map((kind) => [kind, (latest[factsKey(kind)] as CodeFacts | undefined)?.imports]),
  );
}

const isText = (value: unknown): boolean => typeof value === 'string';

function isPath(value: unknown): boolean {
  return typeof value === 'string' && !['', '.'].includes(value) && posix.normalize(value) === value;
}

/** Whether all keys and values of a mapping are as they should be. */
function isMapping(value: unknown, isKey: (key: string) => boolean, isValue: (value: unknown) => boolean): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, each]) => isKey(key) && isValue(each));
}

function areFacts(value: unknown): boolean {
  const {folder, cwd, modules, imports} = Object(value);
  const isImports = isMapping(imports, isText, (got) => isMapping(got, isText, isPath));
  return isText(folder) && isText(cwd) && isMapping(modules, isText, isPath) && isImports;
}

/**
 * Requires that what a file says of the user's code can be used: it may have been changed.
 * @throws UserError naming file and key
 */
export function requireCodeFacts(meta: {readonly [key: string]: unknown}, file: string): void {
  for (const kind of codeKinds) {
    const checks: [string, (value: unknown) => boolean][] = [
      [hashesKey(kind), (hashes) => isMapping(hashes, isPath, isText)],
      [factsKey(kind), areFacts],
      [laterKey(kind), (later) => Array.isArray(later) && later.every(isPath)],
    ];
    const wrong = checks.find(([key, isRight]) => meta[key] !== undefined && !isRight(meta[key]))?.[0];
    const missing = meta[hashesKey(kind)] !== undefined && meta[factsKey(kind)] === undefined;
    if (wrong === undefined && !missing) continue;
    throw new UserError(
      `${file}: ${wrong ?? factsKey(kind)}: is not as a run records its code: the file was changed, or written by an earlier version`,
    );
  }
}
