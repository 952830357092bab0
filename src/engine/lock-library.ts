import {createRequire} from 'node:module';
import {sep} from 'node:path';
import {frozen} from '../support/index.js';
import {defineRemovedUtilities} from './tensorflow/removed-utilities.js';
import {tf} from './tf.js';

const require = createRequire(import.meta.url);

/** In the path of each of the library's modules. */
const LIBRARY = `${sep}@tensorflow${sep}`;

/** What the library's modules give, by path, as far as they are loaded. */
export function libraryModules(): Map<string, unknown> {
  const paths = Object.keys(require.cache).filter((path) => path.includes(LIBRARY));
  return new Map(paths.map((path) => [path, require.cache[path]!.exports]));
}

/**
 * Makes the operations, as a submission and the tool itself call them by name, and what they ask before an engine is opened read-only,
 * and Node ready for an engine that is opened later.
 */
export function lockOperations(): void {
  defineRemovedUtilities();
  frozen(tf);
  const env = tf.env() as unknown as {readonly platform: object};
  Object.freeze(env.platform);
  lockProperty(env, 'platform');
  // The registries of kernels and gradients among them.
  const {_tfGlobals: tables} = globalThis as {readonly _tfGlobals?: ReadonlyMap<string, unknown>};
  for (const table of [tables, ...(tables?.values() ?? [])]) if (isTable(table)) Object.preventExtensions(table);
}

/** Where the engine and its backends keep tensors. */
const STORES = new Set(['state', 'dataIdMap', 'tensorMap', 'data']);

/**
 * Makes what the open engine's modules give each other read-only, and the tables and lists that its parts keep: with a method of its own
 * a table would give another tensor than it holds. No field of a part can become a function that is called whenever it is read or set.
 * @param parts - what the engine consists of
 */
export function lockEngine(parts: readonly object[]): void {
  for (const exports of libraryModules().values()) if (Object(exports) === exports) Object.freeze(exports);
  for (const part of parts) {
    for (const [name, {value, configurable}] of Object.entries(Object.getOwnPropertyDescriptors(part))) {
      if (isTable(value)) Object.preventExtensions(value);
      if (isTable(value) || STORES.has(name)) lockProperty(part, name);
      else if (configurable) Object.defineProperty(part, name, {configurable: false});
    }
  }
}

function lockProperty(holder: object, name: string): void {
  Object.defineProperty(holder, name, {writable: false, configurable: false});
}

function isTable(value: unknown): value is object {
  return [Map, Set, WeakMap, WeakSet].some((kind) => value instanceof kind);
}
