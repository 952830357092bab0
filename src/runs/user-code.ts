import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {dirname, join, relative, sep} from 'node:path';
import {
  type CodeImports,
  codeOfUserModules,
  keptPath,
  placeOfUserModule,
  strayUserFiles,
  threadModules,
} from '../support/index.js';
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
   * Of a workload, the paths of those that were asked for only once a submission or schedule of the user's was being loaded, whose code
   * could have changed them; absent: none.
   */
  readonly exposed?: readonly string[];
  /** The paths of those that are loaded once a run is under way, if they are; absent: none. */
  readonly later?: readonly string[];
}

/**
 * The user's own code as it was loaded; none where all is built in.
 * @param known - what else belongs to it, as it is on the disk: a run's processes so far have loaded it on the way
 */
export function readUserCode(modules: UserModules, known: LaterFiles = {}): UserCode[] {
  const strays = straysOf(modules);
  return codeKinds.flatMap((kind) => {
    const ofKind = [modules[kind] ?? []].flat();
    if (ofKind.length === 0) return [];
    const folder = dirname(placeOfUserModule(ofKind[0]!));
    // Data is read for the workload alone.
    const further = [...(kind === 'workload' ? threadModules() : []), ...(strays[kind] ?? [])];
    const code = codeOfUserModules(ofKind, further);
    const loaded = new Map([...code.files].map(([file, content]) => [pathFrom(folder, file), content]));
    const later = (known[kind] ?? []).filter((path) => loaded.has(path) || existsSync(join(folder, path)));
    const others = later.filter((path) => !loaded.has(path)).map((path) => [path, readFileSync(join(folder, path))]);
    const files = new Map([...loaded, ...(others as [string, Uint8Array][])]);
    const asked = ofKind.map((module) => [module, pathFrom(folder, placeOfUserModule(module))]);
    const exposed = kind === 'workload' ? code.since(othersThanWorkload(modules).map(placeOfUserModule)) : [];
    return [
      {
        ...{kind, folder, modules: Object.fromEntries(asked), files, imports: code.importsFrom(folder), later},
        exposed: exposed.map((file) => pathFrom(folder, file)),
      },
    ];
  });
}

/**
 * What was loaded by no module that is known belongs to the workload if that alone was loaded by then, else to what may have loaded it.
 */
function straysOf(modules: UserModules): {readonly [kind in CodeKind]?: readonly string[]} {
  const others = othersThanWorkload(modules);
  const {before, since} = strayUserFiles(others);
  const later = modules.submission ? 'submission' : others.length > 0 ? 'schedules' : 'workload';
  const first = modules.workload ? 'workload' : later;
  return first === later ? {[first]: [...before, ...since]} : {[first]: before, [later]: since};
}

/** A workload is loaded first. */
function othersThanWorkload({submission, schedules = []}: UserModules): string[] {
  return [submission ?? [], schedules].flat();
}

function pathFrom(folder: string, file: string): string {
  return relative(folder, file).split(sep).join('/');
}

export function hashesOf(files: UserCode['files']): CodeHashes {
  const hash = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
  return Object.fromEntries([...files].map(([path, content]) => [path, hash(content)]));
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
