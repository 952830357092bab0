import {createRequire} from 'node:module';
import {join} from 'node:path';
import type {Json} from '../contract/index.js';
import {readWholeText} from '../support/index.js';
import {FILES, numbered} from './layout.js';

const require = createRequire(import.meta.url);

/** What a run was started with; null where its files don't say. */
export interface RunSettings {
  readonly seed: number | null;
  /** `tensorflow`, `wasm` or `cpu`. */
  readonly backend: string | null;
  /** The whole configuration, defaults filled in, in the file's spelling. */
  readonly config: {readonly [key: string]: Json} | null;
  /** What `--set` changed, by key. */
  readonly overrides: {readonly [key: string]: Json} | null;
}

/** What a run was started with. */
export function readSettings(run: string): RunSettings {
  const meta = readMapping(run, numbered('meta_data', 0));
  const {rng_seed: seed, backend} = meta ?? {};
  return {
    seed: typeof seed === 'number' ? seed : null,
    backend: typeof backend === 'string' ? backend : null,
    config: readMapping(run, FILES.config),
    overrides: readMapping(run, FILES.overrides),
  };
}

/** A file's mapping, of YAML or JSON; null if it can't be read. */
export function readMapping(run: string, name: string): {readonly [key: string]: Json} | null {
  try {
    return mappingIn(name, readWholeText(join(run, name)));
  } catch {
    return null;
  }
}

/** The mapping that the text of a file of YAML or JSON holds; null if it holds none. */
export function mappingIn(name: string, text: string): {readonly [key: string]: Json} | null {
  try {
    // Only lists that show settings need the parser.
    const content = name.endsWith('.json') ? JSON.parse(text) : (require('yaml') as typeof import('yaml')).parse(text);
    return content !== null && typeof content === 'object' && !Array.isArray(content) ? content : null;
  } catch {
    return null;
  }
}
