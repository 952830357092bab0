import {homedir} from 'node:os';
import {isAbsolute, join} from 'node:path';

/**
 * The per-user folder for what this tool fetches and builds: `$XDG_CACHE_HOME/algoperf-ts`, or `~/.cache/algoperf-ts` where
 * the variable is unset or not an absolute path (the XDG base directory specification has such a value ignored).
 */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME;
  return join(base && isAbsolute(base) ? base : join(homedir(), '.cache'), 'algoperf-ts');
}
