import {createHash} from 'node:crypto';
import {posix} from 'node:path';

/** SHA-256 in lower-case hexadecimal of files of a user's code, by their absolute paths, links followed. */
export type KnownCode = ReadonlyMap<string, string>;

/** The paths that files of one code had when it was loaded, seen from its first file's folder, by the absolute ones where they are kept. */
export type KeptCode = ReadonlyMap<string, string>;

/**
 * Where a file is kept that another one of its code asks for: files from above the code's folder lie in it.
 * @param specifier - as the parent has it
 * @returns undefined if it is kept nowhere, or not asked for by a relative path
 */
export function keptChild(codes: readonly KeptCode[], parent: string, specifier: string): string | undefined {
  const code = codes.find((each) => each.has(parent));
  if (code === undefined || !/^\.\.?\//.test(specifier)) return undefined;
  const asked = posix.join(posix.dirname(code.get(parent)!), specifier);
  const placeOf = (path: string) => [...code].find(([, was]) => was === path)?.[0];
  return pathsFor(asked)
    .map(placeOf)
    .find((place) => place !== undefined);
}

/** What a path of a module may stand for, in the order in which it is looked for: by TypeScript's own convention `./helper.js` is `./helper.ts`. */
export function pathsFor(path: string): string[] {
  return /\.[cm]?js$/.test(path) ? [path, path.replace(/js$/, 'ts')] : [path];
}

/** The code of the error where a file is not what is known of it; it goes from one thread to another. */
export const OTHER_CODE = 'ERR_OTHER_CODE';

/** @throws Error with {@link OTHER_CODE} if it is known what the file holds, and this is something else */
export function requireKnown(known: KnownCode, file: string, content: Uint8Array): void {
  const expected = known.get(file);
  if (expected === undefined) return;
  const found = createHash('sha256').update(content).digest('hex');
  if (found !== expected)
    throw otherCode(`${file}: it is not as the run loaded it (its SHA-256 is ${found}, and was ${expected})`);
}

/** A file that another one loads. */
export interface LoadedBy {
  readonly parent: string;
  /** As the parent has it: a path or a package's name. */
  readonly specifier: string;
  /** Links followed. */
  readonly child: string;
  /** Whether the child is in a package. */
  readonly isPackaged: boolean;
}

/**
 * Packages are asked for by name: what has a path is the user's own, also where a link leads into a package.
 * @throws Error with {@link OTHER_CODE} if a file that is known loads one that is neither known nor of a package
 */
export function requireKnownChild(known: KnownCode, {parent, specifier, child, isPackaged}: LoadedBy): void {
  const isNamed = !/^(\.|\/|#|file:|[A-Za-z]:[\\/])/.test(specifier);
  if (known.has(parent) && !known.has(child) && !(isPackaged && isNamed))
    throw otherCode(`${child}: it is no part of what the run loaded, and ${parent} loads it now`);
}

/**
 * @param asked - paths at which the file may be, the one that is looked at first before the others
 * @param found - the file, links followed
 * @throws Error with {@link OTHER_CODE} if what is known there has become a link to another file, or gone
 */
export function requireKnownPlace(known: KnownCode, asked: readonly string[], found: string): void {
  const place = asked.find((each) => known.has(each));
  if (place !== undefined && place !== found) throw otherCode(`${place}: it has become a link to ${found}`);
}

function otherCode(message: string): Error {
  return Object.assign(new Error(message), {code: OTHER_CODE});
}
