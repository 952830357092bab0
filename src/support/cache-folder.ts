import {isAbsolute, join} from 'node:path';
import {environment} from './environment.js';
import {UserError} from './errors.js';
import {findHome} from './home-folder.js';

/**
 * The per-user folder for what this tool fetches and builds: `$XDG_CACHE_HOME/algoperf-ts`, or `~/.cache/algoperf-ts` where
 * the variable is unset or not an absolute path (the XDG base directory specification has such a value ignored). Undefined
 * where there is no home folder either.
 */
export function findCacheFolder(): string | undefined {
  const base = environment().XDG_CACHE_HOME;
  if (base && isAbsolute(base)) return join(base, 'algoperf-ts');
  const home = findHome();
  return home === undefined ? undefined : join(home, '.cache', 'algoperf-ts');
}

/** The same, for what can't do without. @throws UserError where there is none */
export function cacheFolder(): string {
  const folder = findCacheFolder();
  if (folder !== undefined) return folder;
  throw new UserError(
    'There is no home folder to keep a cache in: set XDG_CACHE_HOME to a folder of yours, by its absolute path.',
  );
}
