import {readFileSync} from 'node:fs';
import {UserError} from './errors.js';
import {type Asking, importKey, recordedKey} from './import-key.js';
import {pathFrom} from './kept-path.js';
import type {CodeImports} from './known-code.js';

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

/** Stands for a module that has none, such as one in a `data:` URL. */
const NO_FILE = '';

/** How many parts have been noted: the time here. */
let time = 0;
/** What was read for files: once, unless a file was loaded again. */
const readings = new Map<string, Reading[]>();
/** What modules got, by their files and what they asked for, with when they first did. */
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
  const {parent = NO_FILE} = asking;
  const own = imports.get(parent) ?? new Map<string, Map<string, number>>();
  const key = importKey(asking);
  const found = own.get(key) ?? new Map<string, number>();
  imports.set(parent, own.set(key, found));
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
  /**
   * The files that were loaded, or first got in a new way, after a time; what other modules get of them is left out, and so is what is
   * asked for by its own place.
   */
  newsSince(time: number, others: readonly string[]): readonly string[];
}

/**
 * What was loaded of modules, and of what they and their files have asked for so far.
 * @param entries - the modules' files, and others that belong to them
 * @param isUsers - whether a file is a part of the user's code, and not of a package
 * @throws UserError if one of the files was loaded twice, with two contents, or got two files by one name
 */
export function loadedCode(entries: readonly string[], isUsers: (file: string) => boolean): LoadedCode {
  const reached = [...reachedFrom(entries, isUsers)].sort();
  const files = new Map(reached.map((file) => [file, onlyContent(file, isUsers)]));
  return {
    files,
    importsFrom: (folder) => importsOf(files, folder),
    newsSince(at, others) {
      const theirs = new Set([...reachedFrom(others, isUsers)].filter((file) => !files.has(file)));
      const news = lastNews(theirs);
      return [...files.keys()].filter((file) => Math.max(readings.get(file)?.[0]?.at ?? 0, news.get(file) ?? 0) > at);
    },
  };
}

/** The time here: how many parts have been noted. */
export function loadingTime(): number {
  return time;
}

/** When the loading of the first of some modules began. */
export function beginningOf(modules: readonly string[]): number {
  return Math.min(...modules.map((module) => beginnings.get(module) ?? Number.POSITIVE_INFINITY));
}

function reachedFrom(entries: Iterable<string>, isUsers: (file: string) => boolean): Set<string> {
  const reached = new Set(entries);
  for (const file of reached) for (const child of childrenOf(file)) if (isUsers(child)) reached.add(child);
  return reached;
}

/**
 * The files of a user's that no module has got which was loaded as one, nor their files: a package, or a function that
 * `createRequire` made for another place, has loaded them.
 * @param since - those that were first read after that time
 */
export function strayFiles(since: number, isUsers: (file: string) => boolean): string[] {
  const reached = reachedFrom([...beginnings.keys(), ...entries], isUsers);
  return [...readings].flatMap(([file, [first]]) =>
    isUsers(file) && !reached.has(file) && first!.at > since ? [file] : [],
  );
}

/** What a file has got, as far as it was loaded: what it has only asked the place of is no part of the code. */
function childrenOf(file: string): string[] {
  const found = [...(imports.get(file)?.values() ?? [])].flatMap((children) => [...children.keys()]);
  return found.filter((child) => readings.has(child));
}

/** When each file was last got in a way that was new, but by some modules. */
function lastNews(but: ReadonlySet<string>): ReadonlyMap<string, number> {
  const news = new Map<string, number>();
  for (const [parent, got] of imports) {
    if (but.has(parent)) continue;
    for (const [key, children] of got)
      for (const [child, at] of children)
        if (!isOwnPlace(key, child)) news.set(child, Math.max(news.get(child) ?? 0, at));
  }
  return news;
}

/** Whether a file is asked for by where it is: that leads to no other one. */
function isOwnPlace(key: string, file: string): boolean {
  return key === file || key === `require ${file}`;
}

function onlyContent(file: string, isUsers: (file: string) => boolean): Uint8Array {
  const [first, ...others] = readings.get(file) ?? [];
  if (first === undefined && isUsers(file)) throw new UserError(`${file}: was not loaded, though a link led there`);
  // Of packages, which a user may name a module of, nothing is noted.
  if (first === undefined) return readFileSync(file);
  if (others.some(({content}) => Buffer.compare(first.content, content) !== 0))
    throw new UserError(
      `${file}: was loaded twice, and had changed in between; a run is made of one version of its code, so leave its files as they are while they are loaded`,
    );
  return first.content;
}

function importsOf(files: LoadedCode['files'], folder: string): CodeImports {
  const gotBy = (parent: string) =>
    [...imports.get(parent)!].flatMap(([key, found]): [string, string][] => {
      const [child, other] = [...found.keys()].filter((each) => files.has(each));
      if (other !== undefined) throw twoFiles(parent, key, [child!, other]);
      return child === undefined ? [] : [[recordedKey(key, folder), pathFrom(folder, child)]];
    });
  const all = [...imports.keys()].sort().map((parent) => [parent, gotBy(parent).sort()] as const);
  return Object.fromEntries(
    all
      .filter(([, got]) => got.length > 0)
      .map(([parent, got]) => [parent === NO_FILE ? NO_FILE : pathFrom(folder, parent), Object.fromEntries(got)]),
  );
}

function twoFiles(parent: string, key: string, found: readonly string[]): UserError {
  return new UserError(
    `${parent || 'a module without a file'}: got ${found.join(', and then ')} by '${key}'; a run is made of one version of its code, so leave its files, links and packages as they are while they are loaded`,
  );
}
