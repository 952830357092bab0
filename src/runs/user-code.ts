import {existsSync, readFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {
  type CodeImports,
  codeOfUserModules,
  keptPath,
  type LoadedCode,
  loadingTime,
  pathFrom,
  placeOfUserModule,
  strayUserFiles,
  threadModules,
} from '../support/index.js';
import {sha256} from './file-hashes.js';
import {FOLDERS} from './layout.js';
import {
  type CodeFacts,
  type CodeHashes,
  type CodeKind,
  codeKinds,
  factsKey,
  hashesKey,
  type LaterFiles,
  laterKey,
  mergedImports,
} from './recorded-code.js';

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
   * Of a workload, the paths of those that were asked for only after other code of the user's was loaded, which could have changed
   * them; absent: none.
   */
  readonly exposed?: readonly string[];
  /** The paths of those that are loaded once a run is under way, if they are; absent: none. */
  readonly later?: readonly string[];
}

/** A workload of the user's own, right after it was loaded. */
interface FirstCode extends Pick<UserCode, 'folder' | 'modules' | 'files' | 'imports'> {
  /** When that was. */
  readonly at: number;
}

const firstCodes = new Map<string, FirstCode>();

/**
 * Keeps what a workload of the user's own consists of. To be called right after it was loaded: what is loaded later can't change that.
 * @param module - its path
 */
export function keepWorkloadCode(module: string): FirstCode {
  const path = resolve(module);
  const known = firstCodes.get(path);
  if (known) return known;
  const {now: _, ...code} = placedCode([module], strayUserFiles([module]));
  const first = {...code, at: loadingTime()};
  firstCodes.set(path, first);
  return first;
}

/**
 * The workload as the confirming process has to have it: as it was right after it was loaded, where there is other code of the user's,
 * which could have changed what came later.
 * @throws UserError if what was loaded is not one code
 */
export function workloadToConfirm(modules: UserModules & {readonly workload: string}): Omit<FirstCode, 'at'> {
  const now = readUserCode(modules).find(({kind}) => kind === 'workload')!;
  return othersThanWorkload(modules).length === 0 ? now : keepWorkloadCode(modules.workload);
}

/** Modules of one kind, with further files that belong to them. */
function placedCode(modules: readonly string[], further: readonly string[]): Omit<FirstCode, 'at'> & {now: LoadedCode} {
  const folder = dirname(placeOfUserModule(modules[0]!));
  const now = codeOfUserModules(modules, further);
  const asked = modules.map((module) => [module, pathFrom(folder, placeOfUserModule(module))]);
  const files = new Map([...now.files].map(([file, content]) => [pathFrom(folder, file), content]));
  return {folder, modules: Object.fromEntries(asked), files, imports: now.importsFrom(folder), now};
}

/**
 * The user's own code as it was loaded; none where all is built in.
 * @param known - what else belongs to it, as it is on the disk: a run's processes so far have loaded it on the way
 * @throws UserError if a file was loaded twice with two contents, or got two files by one name
 */
export function readUserCode(modules: UserModules, known: LaterFiles = {}): UserCode[] {
  const others = othersThanWorkload(modules);
  return codeKinds.flatMap((kind) => {
    const ofKind = [modules[kind] ?? []].flat();
    if (ofKind.length === 0) return [];
    const code: Omit<UserCode, 'kind'> =
      kind === 'workload' ? workloadCode(modules.workload!, others) : placedCode(ofKind, straysOf(kind, modules));
    const {folder, files} = code;
    const later = (known[kind] ?? []).filter((path) => files.has(path) || existsSync(join(folder, path)));
    const lost = later.filter((path) => !files.has(path));
    const read = lost.map((path): [string, Uint8Array] => [path, readFileSync(join(folder, path))]);
    const {modules: asked, imports, exposed = []} = code;
    return [{kind, folder, modules: asked, files: new Map([...files, ...read]), imports, exposed, later}];
  });
}

/** What the workload was first, and what it has loaded since. */
function workloadCode(module: string, others: readonly string[]): Omit<UserCode, 'kind'> {
  const first = keepWorkloadCode(module);
  // Data is read for the workload alone, and where there is no other code of the user's, all that was loaded is the workload's.
  const further = [...threadModules(), ...(others.length === 0 ? strayUserFiles([module]) : [])];
  const {now, files, imports} = placedCode([module], further);
  const news = others.length === 0 ? [] : now.newsSince(first.at, others.map(placeOfUserModule));
  return {
    ...{folder: first.folder, modules: first.modules, files: new Map([...files, ...first.files])},
    imports: mergedImports([imports, first.imports]),
    exposed: news.map((file) => pathFrom(first.folder, file)),
  };
}

/** What no module has loaded that is known belongs to what may have loaded it: the submission, or else a schedule. */
function straysOf(kind: CodeKind, modules: UserModules): string[] {
  const owner = modules.submission ? 'submission' : 'schedules';
  return kind === owner ? strayUserFiles(othersThanWorkload(modules)) : [];
}

/** A workload is loaded first. */
function othersThanWorkload({submission, schedules = []}: UserModules): string[] {
  return [submission ?? [], schedules].flat();
}

export function hashesOf(files: UserCode['files']): CodeHashes {
  return Object.fromEntries([...files].map(([path, content]) => [path, sha256(content)]));
}

/** What `meta_data_N.json` says of the code. */
export function codeFacts(code: readonly UserCode[]): {[key: string]: unknown} {
  return Object.fromEntries(
    code.flatMap(({kind, folder, modules, files, imports, later = []}): [string, unknown][] => [
      [hashesKey(kind), hashesOf(files)],
      [factsKey(kind), {folder, cwd: process.cwd(), modules, imports} satisfies CodeFacts],
      ...(later.length > 0 ? [[laterKey(kind), later] as [string, unknown]] : []),
    ]),
  );
}

/** Where the code is kept in a run: `source/submission_0/mine.ts`, by the number of the process that brought it. */
export function sourceFiles(code: readonly UserCode[], preemptionCount: number): {[path: string]: Uint8Array} {
  const kept = code.flatMap(({kind, files}) =>
    [...files].map(([path, content]) => [join(FOLDERS.source, `${kind}_${preemptionCount}`, keptPath(path)), content]),
  );
  return Object.fromEntries(kept);
}
