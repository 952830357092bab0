import {createHash} from 'node:crypto';
import {dirname, isAbsolute, join, relative, resolve, sep} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

/**
 * Which of a code's files each of them asks for, by the paths of both, seen from the code's folder. Between them stands what the file
 * asks for, as {@link importKey} has it. Packages, and parts of Node, are left out.
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
  /** By their paths, seen from the folder. */
  readonly files: {readonly [path: string]: KnownFile};
  readonly imports: CodeImports;
}

/** How a file asks for another one. */
export interface Asking {
  readonly how: 'import' | 'require';
  /** The file that asks, links followed. */
  readonly parent: string;
  /** As the parent has it: a path, a URL or a name. */
  readonly specifier: string;
}

/** The code of the error where a file is not what is known of it; it goes from one thread to another. */
export const OTHER_CODE = 'ERR_OTHER_CODE';

function otherCode(message: string): Error {
  return Object.assign(new Error(message), {code: OTHER_CODE});
}

/** Whether a file is asked for by where it is, and not by a name. */
export function isPlace(specifier: string): boolean {
  return /^(\.{1,2}(\/|$)|\/|file:|[A-Za-z]:[\\/])/.test(specifier);
}

/**
 * What a file asks for, for the record: a name as it is, and a place as the path from the parent's folder, without the `?` of a URL,
 * so that it is the same wherever the code lies. `import` and `require` may find two files by one name.
 */
export function importKey({how, parent, specifier}: Asking): string {
  const key = isPlace(specifier) ? pathFrom(dirname(parent), targetOf({how, parent, specifier})) : specifier;
  return how === 'require' ? `require ${key}` : key;
}

function targetOf({how, parent, specifier}: Asking): string {
  if (how === 'import') return fileURLToPath(new URL(specifier, pathToFileURL(parent)));
  const path = resolve(dirname(parent), specifier);
  return /[/\\]$/.test(specifier) ? path + sep : path;
}

function pathFrom(folder: string, target: string): string {
  const path = relative(folder, target).split(sep).join('/') + (target.endsWith(sep) ? '/' : '');
  return /^\.\.?(\/|$)/.test(path) ? path : `./${path}`;
}

/** Files and packages may be called as what objects inherit. */
function own<T>(object: {readonly [key: string]: T}, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The paths of a place in codes, with the codes. */
function knownAt(codes: readonly KnownCode[], place: string): [KnownCode, string][] {
  return codes.flatMap((code) =>
    Object.entries(code.files).flatMap(([path, file]): [KnownCode, string][] =>
      file.place === place ? [[code, path]] : [],
    ),
  );
}

/** Whether a file belongs to one of the codes. */
export function isKnown(codes: readonly KnownCode[], place: string): boolean {
  return knownAt(codes, place).length > 0;
}

/** Where a file was when its code was loaded; undefined: it is there still, or belongs to none of the codes. */
export function placeBefore(codes: readonly KnownCode[], place: string): string | undefined {
  return knownAt(codes, place)
    .map(([{folder}, path]) => join(folder, path))
    .find((before) => before !== place);
}

/**
 * The file that a known one got when its code was loaded, where it is now. What a file asks for by a place that it has made itself of
 * its own one, or as a constant, is found in either place.
 * @returns undefined if it got none of the code's files by that
 */
export function recordedChild(codes: readonly KnownCode[], asking: Asking): string | undefined {
  for (const [{files, imports, folder}, path] of knownAt(codes, asking.parent)) {
    const keys = [asking.parent, join(folder, path)].map((parent) => importKey({...asking, parent}));
    const child = keys.map((key) => own(own(imports, path) ?? {}, key)).find((each) => each !== undefined);
    const file = child === undefined ? undefined : own(files, child);
    if (file) return file.place;
  }
  return undefined;
}

/**
 * Where a file of a code is now that is asked for from outside of it, as by a thread that reads data.
 * @throws Error with {@link OTHER_CODE} if there are codes, and it belongs to none of them
 */
export function knownPlace(codes: readonly KnownCode[], file: string): string {
  if (codes.length === 0 || isKnown(codes, file)) return file;
  for (const {files, place, folder} of codes) {
    const paths = [place, folder].map((from) => relative(from, file).split(sep).join('/'));
    const found = paths.map((path) => own(files, path)).find((each) => each !== undefined);
    if (found) return found.place;
  }
  throw otherCode(`${file}: it is no part of what the run loaded`);
}

/** @throws Error with {@link OTHER_CODE} if it is known what the file holds, and this is something else */
export function requireKnown(codes: readonly KnownCode[], file: string, content: Uint8Array): void {
  const known = knownAt(codes, file);
  if (known.length === 0) return;
  const found = createHash('sha256').update(content).digest('hex');
  const other = known.map(([code, path]) => code.files[path]!.sha256).find((expected) => expected !== found);
  if (other !== undefined)
    throw otherCode(`${file}: it is not as the run loaded it (its SHA-256 is ${found}, and was ${other})`);
}

/** A file that another one gets. */
export interface Found extends Asking {
  /** Links followed; of parts of Node their name. */
  readonly child: string;
  /** Whether the child is in a package. */
  readonly isPackaged: boolean;
}

/**
 * Known code gets those of its files that it got when it was loaded, and what is no user's code: packages, by their names.
 * @throws Error with {@link OTHER_CODE} if it gets anything else
 */
export function requireKnownChild(codes: readonly KnownCode[], {child, isPackaged, ...asking}: Found): void {
  if (!isAbsolute(child) || !isKnown(codes, asking.parent)) return;
  const recorded = recordedChild(codes, asking);
  if (recorded === child || (recorded === undefined && isPackaged && !isPlace(asking.specifier))) return;
  throw otherCode(
    recorded === undefined
      ? `${child}: ${asking.parent} asks for it as '${asking.specifier}', by which the run has loaded nothing there`
      : `${recorded}: it has become a link to ${child}`,
  );
}

/** @throws Error with {@link OTHER_CODE} if a file that is known has become a link to another one */
export function requireKnownPlace(codes: readonly KnownCode[], asked: string, found: string): void {
  if (asked !== found && isKnown(codes, asked)) throw otherCode(`${asked}: it has become a link to ${found}`);
}
