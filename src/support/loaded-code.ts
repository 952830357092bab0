import {relative, sep} from 'node:path';
import {UserError} from './errors.js';
import {type Asking, type CodeImports, importKey} from './known-code.js';

/** What a process, or one of its threads, has loaded of users' modules; files are absolute paths, links followed. */

/** A file that was loaded, with what was loaded of it. */
export interface LoadedFile {
  readonly file: string;
  readonly content: Uint8Array;
}

/** A file that another one got. */
export interface Import extends Asking {
  readonly child: string;
}

/** A module that a thread was started with: nothing imports it. */
export interface ThreadModule {
  readonly entry: string;
}

/** A part of what was loaded, as threads tell each other. */
export type LoadedPart = LoadedFile | Import | ThreadModule;

/** What was read for a file, and when. */
interface Reading {
  readonly content: Uint8Array;
  readonly at: number;
}

/** How many parts have been noted: the time here. */
let time = 0;
/** What was read for files: once, unless a file was loaded again. */
const readings = new Map<string, Reading[]>();
/** What files got, by what they asked for, with when they first did. */
const imports = new Map<string, Map<string, Map<string, number>>>();
/** The modules that threads were started with. */
const entries = new Set<string>();
/** When the loading of modules began. */
const beginnings = new Map<string, number>();

export function noteLoaded(part: LoadedPart): void {
  time += 1;
  if ('content' in part)
    readings.set(part.file, [...(readings.get(part.file) ?? []), {content: part.content, at: time}]);
  else if ('entry' in part) entries.add(part.entry);
  else noteImport(part);
}

function noteImport({child, ...asking}: Import): void {
  const own = imports.get(asking.parent) ?? new Map<string, Map<string, number>>();
  const key = importKey(asking);
  const found = own.get(key) ?? new Map<string, number>();
  imports.set(asking.parent, own.set(key, found));
  if (!found.has(child)) found.set(child, time);
}

/** Notes that a module is about to be loaded. */
export function noteBeginning(file: string): void {
  if (!beginnings.has(file)) beginnings.set(file, time);
}

/** The user's modules with which threads were started, so far. */
export function threadModules(): readonly string[] {
  return [...entries];
}

/** Files of a user's modules, and what they got of each other. */
export interface LoadedCode {
  /** What was loaded, by the files, sorted. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** By paths from a folder. */
  importsFrom(folder: string): CodeImports;
  /** The files that were loaded, or first got by a name, once the loading of one of some other modules had begun. */
  since(modules: readonly string[]): readonly string[];
}

/**
 * What was loaded of modules, and of what they and their files have asked for so far.
 * @param entries - the modules' files
 * @param isUsers - whether a file is a part of the user's code, and not of a package
 * @throws UserError if one of the files was loaded twice, with two contents, or got two files by one name
 */
export function loadedCode(entries: readonly string[], isUsers: (file: string) => boolean): LoadedCode {
  const reached = new Set(entries);
  for (const file of reached) for (const child of childrenOf(file)) if (isUsers(child)) reached.add(child);
  const files = new Map([...reached].sort().map((file) => [file, onlyContent(file)]));
  return {
    files,
    importsFrom: (folder) => importsAmong(files, folder),
    since(modules) {
      const others = modules.filter((module) => !files.has(module));
      const begin = Math.min(...others.map((module) => beginnings.get(module) ?? Number.POSITIVE_INFINITY));
      return [...files.keys()].filter((file) => lastNewsOf(file, files) > begin);
    },
  };
}

/** What a file has got, as far as it was loaded: what it has only asked the place of is no part of the code. */
function childrenOf(file: string): string[] {
  const found = [...(imports.get(file)?.values() ?? [])].flatMap((children) => [...children.keys()]);
  return found.filter((child) => readings.has(child));
}

/** When a file was first read, or first got by one of some files in a new way. */
function lastNewsOf(file: string, among: LoadedCode['files']): number {
  const times = [...among.keys()].flatMap((parent) =>
    [...(imports.get(parent)?.values() ?? [])].flatMap((children) => children.get(file) ?? []),
  );
  return Math.max(readings.get(file)![0]!.at, ...times);
}

function onlyContent(file: string): Uint8Array {
  const [first, ...others] = readings.get(file) ?? [];
  if (first === undefined) throw new Error(`${file} was not loaded`);
  if (others.some(({content}) => Buffer.compare(first.content, content) !== 0))
    throw new UserError(
      `${file}: was loaded twice, and had changed in between; a run is made of one version of its code, so leave its files as they are while they are loaded`,
    );
  return first.content;
}

function importsAmong(files: LoadedCode['files'], folder: string): CodeImports {
  const pathOf = (file: string): string => relative(folder, file).split(sep).join('/');
  const ofFile = (file: string) =>
    [...(imports.get(file) ?? [])].flatMap(([key, found]): [string, string][] => {
      const [child, other] = [...found.keys()].filter((each) => files.has(each));
      if (other !== undefined) throw twoFiles(file, key, [child!, other]);
      return child === undefined ? [] : [[key, pathOf(child)]];
    });
  const all = [...files.keys()].map((file) => [pathOf(file), ofFile(file).sort()] as const);
  return Object.fromEntries(
    all.filter(([, own]) => own.length > 0).map(([path, own]) => [path, Object.fromEntries(own)]),
  );
}

function twoFiles(file: string, key: string, found: readonly string[]): UserError {
  return new UserError(
    `${file}: got ${found.join(', and then ')} by '${key}'; a run is made of one version of its code, so leave its files, links and packages as they are while they are loaded`,
  );
}
