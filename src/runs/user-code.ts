import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative, sep} from 'node:path';
import {
  type CodeImports,
  codeOfUserModules,
  placeOfUserModule,
  readWholeText,
  threadModules,
  UserError,
} from '../support/index.js';
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
  /** The first module's folder, links followed. */
  readonly folder: string;
  /** The paths of the modules, by how they are asked for. */
  readonly modules: {readonly [asked: string]: string};
  /** Contents by path, seen from the folder: `mine.ts`, `../shared/steps.ts`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Which of the files each of them has got by what it asks for. */
  readonly imports: CodeImports;
  /**
   * Of a workload, the paths of those that were asked for only once a submission or schedule of the user's was being loaded, whose code
   * could have changed them; absent: none.
   */
  readonly exposed?: readonly string[];
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
    // Data is read for the workload alone.
    const code = codeOfUserModules([...ofKind, ...(kind === 'workload' ? threadModules() : [])]);
    const loaded = new Map([...code.files].map(([file, content]) => [pathFrom(folder, file), content]));
    const later = (known[kind] ?? []).filter((path) => loaded.has(path) || existsSync(join(folder, path)));
    const others = later.filter((path) => !loaded.has(path)).map((path) => [path, readFileSync(join(folder, path))]);
    const files = new Map([...loaded, ...(others as [string, Uint8Array][])]);
    const asked = ofKind.map((module) => [module, pathFrom(folder, placeOfUserModule(module))]);
    const exposed =
      kind === 'workload' ? code.since(othersThanWorkload(modules)).map((file) => pathFrom(folder, file)) : [];
    const imports = code.importsFrom(folder);
    return [{kind, folder, modules: Object.fromEntries(asked), files, imports, exposed, later}];
  });
}

/** A workload is loaded first. */
function othersThanWorkload({submission, schedules = []}: UserModules): string[] {
  return [submission ?? [], schedules].flat().map(placeOfUserModule);
}

function pathFrom(folder: string, file: string): string {
  return relative(folder, file).split(sep).join('/');
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

/** What `meta_data_N.json` says of a code beside its hashes. */
export interface CodeFacts {
  readonly folder: string;
  readonly modules: UserCode['modules'];
  readonly imports: CodeImports;
}

/** What `meta_data_N.json` says of the code. */
export function codeFacts(code: readonly UserCode[]): {[key: string]: unknown} {
  return Object.fromEntries(
    code.flatMap(({kind, folder, modules, files, imports, later = []}): [string, unknown][] => [
      [hashesKey(kind), hashesOf(files)],
      [factsKey(kind), {folder, modules, imports} satisfies CodeFacts],
      ...(later.length > 0 ? [[laterKey(kind), later] as [string, unknown]] : []),
    ]),
  );
}

/** The key in `meta_data_N.json` of where the code was, how it is asked for, and what its files get of each other. */
export function factsKey(kind: CodeKind): `${CodeKind}.code` {
  return `${kind}.code`;
}

/**
 * The path of a file of the code in the folder that keeps it. Above that there is none in a run: what `..` leads to is called `parent`,
 * and the code's own folders of that name have a `~` more.
 */
export function keptPath(path: string): string {
  const partOf = (part: string): string => (part === '..' ? 'parent' : /^parent~*$/.test(part) ? `${part}~` : part);
  return path.split('/').map(partOf).join('/');
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

/** What the run's latest process got by what its code's files ask for, as its `meta_data` says. */
export function latestImports(run: string, kind: CodeKind): CodeImports | undefined {
  return (metaDataOf(run).at(-1)?.[factsKey(kind)] as CodeFacts | undefined)?.imports;
}
