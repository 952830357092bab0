import {createHash} from 'node:crypto';
import {isAbsolute, join, resolve} from 'node:path';
import {type Asking, importKey, isPlace, isRelative, placeFrom, REQUIRE, targetOf} from './import-key.js';
import {pathFrom, pathOfKept} from './kept-path.js';

/**
 * Which of a code's files each module gets by what it asks for: by the paths of both, seen from the code's folder, and keys as
 * {@link importKey} has them. The asking module is one of the files as a rule, and '' where it is none at all.
 */
export type CodeImports = {readonly [path: string]: {readonly [key: string]: string}};

/** A file of a code. */
export interface KnownFile {
  /** Where it is now, links followed. */
  readonly place: string;
  /** SHA-256 of what was loaded, in lower-case hexadecimal. */
  readonly sha256: string;
}

/** A user's code as it was loaded, and where it is now. */
export interface KnownCode {
  /** Its folder when it was loaded, links followed. */
  readonly folder: string;
  /** Its folder now. */
  readonly place: string;
  /** A run keeps it there: its files have other paths. */
  readonly isKept: boolean;
  /** Packages that are not where the code was are looked for in this folder and those above. */
  readonly packages: string;
  /** By their paths, seen from the folder. */
  readonly files: {readonly [path: string]: KnownFile};
  readonly imports: CodeImports;
}

/** The code of which a process may load something. */
export interface KnownCodes {
  readonly codes: readonly KnownCode[];
  /** Whether nothing else of a user's may be loaded. */
  readonly isAll: boolean;
}

/** The code of the error where a file is not what is known of it; it goes from one thread to another. */
export const OTHER_CODE = 'ERR_OTHER_CODE';

/** The code of the error where a file is loaded of which nothing is known. */
export const UNKNOWN_CODE = 'ERR_UNKNOWN_CODE';

function otherCode(message: string): Error {
  return Object.assign(new Error(message), {code: OTHER_CODE});
}

export function unknownCode(message: string): Error {
  return Object.assign(new Error(message), {code: UNKNOWN_CODE});
}

/** Files and packages may be called as what objects inherit. */
function own<T>(object: {readonly [key: string]: T}, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The path of a place in a code, if one of its files is there. */
function pathAt({files}: KnownCode, place: string): string | undefined {
  const known = pathsOf.get(files) ?? pathsByPlace(files);
  pathsOf.set(files, known);
  return known.get(place);
}

/** The paths of files by their places: each import of a code asks for some. */
const pathsOf = new WeakMap<KnownCode['files'], ReadonlyMap<string, string>>();

/** Of two paths of one place the first. */
function pathsByPlace(files: KnownCode['files']): ReadonlyMap<string, string> {
  const entries = Object.entries(files).map(([path, {place}]): [string, string] => [place, path]);
  return new Map(entries.reverse());
}

/** Whether a file belongs to one of the codes. */
export function isKnown({codes}: KnownCodes, place: string): boolean {
  return codes.some((code) => pathAt(code, place) !== undefined);
}

/** Where what is at a place now may have been when the code was loaded. */
function placesBefore(code: KnownCode, place: string): string[] {
  const known = pathAt(code, place);
  if (known !== undefined) return [resolve(code.folder, known)];
  const path = pathFrom(code.place, place);
  return [resolve(code.folder, code.isKept ? pathOfKept(path) : path), place];
}

/** The files as which one that has moved since its code was loaded looks for packages, in this order; undefined: it has not. */
export function placesOfPackages({codes}: KnownCodes, place: string): readonly [string, string] | undefined {
  for (const code of codes) {
    const path = pathAt(code, place);
    const file = path === undefined ? place : resolve(code.folder, path);
    if (file !== place) return [file, join(code.packages, 'any.js')];
  }
  return undefined;
}

/**
 * The file that a module got when a code was loaded, where it is now. What it asks for by a place that it has made itself of its own
 * one, or as a constant, is found in either place.
 * @returns undefined if it got none of the code's files by that
 */
export function recordedChild({codes}: KnownCodes, asking: Asking): string | undefined {
  for (const code of codes) {
    const parents = asking.parent === undefined ? [undefined] : placesBefore(code, asking.parent);
    const keys = keysBefore(code, parents, asking);
    for (const parent of parents) {
      const imports = own(code.imports, parent === undefined ? '' : pathFrom(code.folder, parent)) ?? {};
      const child = keys.map((key) => own(imports, key)).find((each) => each !== undefined);
      const file = child === undefined ? undefined : own(code.files, child);
      if (file) return file.place;
    }
  }
  return undefined;
}

/** The keys by which a code may have recorded what a module asks for. */
function keysBefore(code: KnownCode, parents: readonly (string | undefined)[], asking: Asking): string[] {
  const {how, specifier} = asking;
  if (!isPlace(specifier)) return [importKey(asking)];
  const targets = isRelative(specifier)
    ? parents.map((parent) => targetOf({how, parent, specifier}))
    : placesBefore(code, targetOf(asking));
  const prefix = how === 'require' ? REQUIRE : '';
  return targets.map((target) => prefix + placeFrom(code.folder, target));
}

/**
 * Where a file of a code is now that is asked for from outside of it, as by a thread that reads data.
 * @throws Error with {@link UNKNOWN_CODE} if nothing but the codes may be loaded, and it belongs to none of them
 */
export function knownPlace(known: KnownCodes, file: string): string {
  if (isKnown(known, file)) return file;
  for (const code of known.codes) {
    const paths = placesBefore(code, file).map((before) => pathFrom(code.folder, before));
    const found = paths.map((path) => own(code.files, path)).find((each) => each !== undefined);
    if (found) return found.place;
  }
  if (known.isAll) throw unknownFile(file);
  return file;
}

function unknownFile(file: string): Error {
  return unknownCode(`${file}: it is no part of what the run loaded`);
}

/**
 * Looks at a file before it is loaded.
 * @param isUsers - whether it is the user's own, and not of a package
 * @throws Error with {@link OTHER_CODE} if it is known what the file holds, and this is something else; with {@link UNKNOWN_CODE} if
 * nothing but the codes may be loaded, and it belongs to none of them
 */
export function requireKnown(known: KnownCodes, file: string, content: Uint8Array, isUsers = true): void {
  const expected = known.codes.flatMap((code) => {
    const path = pathAt(code, file);
    return path === undefined ? [] : [code.files[path]!.sha256];
  });
  if (expected.length === 0 && known.isAll && isUsers) throw unknownFile(file);
  if (expected.length === 0) return;
  const found = createHash('sha256').update(content).digest('hex');
  const other = expected.find((each) => each !== found);
  if (other !== undefined)
    throw otherCode(`${file}: it is not as the run loaded it (its SHA-256 is ${found}, and was ${other})`);
}

/** A file that a module gets. */
export interface Found extends Asking {
  /** Links followed; of parts of Node their name. */
  readonly child: string;
  /** Whether the child is in a package. */
  readonly isPackaged: boolean;
}

/**
 * Known files are got only as they were when their code was loaded; packages by their names.
 * @throws Error with {@link OTHER_CODE} if a link leads elsewhere, with {@link UNKNOWN_CODE} if a known file gets what it did not get
 */
export function requireKnownChild(known: KnownCodes, {child, isPackaged, ...asking}: Found): void {
  if (!isAbsolute(child)) return;
  const {parent = '', specifier} = asking;
  const isByPlace = isPlace(specifier);
  const recorded = recordedChild(known, asking);
  if (recorded === child) return;
  if (recorded !== undefined) throw linked(recorded, child);
  if (isByPlace) requireKnownPlace(known, targetOf(asking), child);
  if (isByPlace && targetOf(asking) === child) return;
  const isLinked = isPackaged && isByPlace && isKnown(known, parent) && !isOfPackage(known, parent);
  if (isLinked || isKnown(known, child))
    throw unknownCode(`${child}: ${parent} asks for it as '${specifier}', by which the run has loaded nothing there`);
}

/** @throws Error with {@link OTHER_CODE} if a known file has become a link to another one */
export function requireKnownPlace(known: KnownCodes, asked: string, found: string): void {
  if (asked !== found && isKnown(known, asked)) throw linked(asked, found);
}

function linked(place: string, found: string): Error {
  return otherCode(`${place}: it has become a link to ${found}`);
}

/** Whether a known file was in a package itself: then so is what it asks for by a place. */
function isOfPackage({codes}: KnownCodes, place: string): boolean {
  const folders = codes.filter((code) => pathAt(code, place) !== undefined).map(({folder}) => folder);
  return folders.some((folder) => folder.split(/[\\/]/).includes('node_modules'));
}
