import {dirname, isAbsolute, resolve, sep} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {pathFrom} from './kept-path.js';

/** What modules ask for, and how it is recorded. */

/** How a module asks for a file. */
export interface Asking {
  readonly how: 'import' | 'require';
  /** The file of the module that asks, links followed; undefined: it has none. */
  readonly parent: string | undefined;
  /** As the parent has it: a path, a URL or a name. */
  readonly specifier: string;
}

/** Whether a file is asked for by where it is, and not by a name. */
export function isPlace(specifier: string): boolean {
  return isRelative(specifier) || isAbsolute(specifier) || specifier.startsWith('file:');
}

export function isRelative(specifier: string): boolean {
  return /^\.{1,2}([/\\]|$)/.test(specifier);
}

/**
 * What a module asks for, for the record: a name as it is, and a place as an absolute path, without the `?` of a URL. `import` and
 * `require` may find two files by one name.
 */
export function importKey({how, parent, specifier}: Asking): string {
  const key = isPlace(specifier) ? targetOf({how, parent, specifier}) : specifier;
  return how === 'require' ? `${REQUIRE}${key}` : key;
}

export const REQUIRE = 'require ';

/** An {@link importKey} as it is recorded: places as paths from the code's folder. */
export function recordedKey(key: string, folder: string): string {
  const [how, what] = key.startsWith(REQUIRE) ? [REQUIRE, key.slice(REQUIRE.length)] : ['', key];
  return isAbsolute(what) ? how + placeFrom(folder, what) : key;
}

/** The absolute path that a module asks for by a place. */
export function targetOf({how, parent = '/none', specifier}: Asking): string {
  if (how === 'import') return fileURLToPath(new URL(specifier, pathToFileURL(parent)));
  const path = resolve(dirname(parent), specifier);
  // A folder, and not a file of that name with an ending.
  return /(^|[/\\])\.{0,2}$/.test(specifier) ? path + sep : path;
}

/** A path from a code's folder, as keys have it. */
export function placeFrom(folder: string, target: string): string {
  const path = pathFrom(folder, target) + (target.endsWith(sep) ? '/' : '');
  return /^\.\.?(\/|$)/.test(path) ? path : `./${path}`;
}
