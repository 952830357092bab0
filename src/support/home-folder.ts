import {homedir} from 'node:os';
import {join} from 'node:path';
import {environment} from './environment.js';
import {UserError} from './errors.js';

/**
 * A path in which a leading `~` or `~/` is the home folder. Shells expand it at the start of a word, but not in `--option=~/x`,
 * in quotes, in environment variables or in files, where a folder named `~` would be made.
 * @param givenBy - what gave the path, for messages: a variable of the environment, or a place in a config
 * @throws UserError for another user's home (`~name`), which is not looked up, and where there is no home folder
 */
export function expandHome(path: string, givenBy?: string): string {
  if (!path.startsWith('~')) return path;
  const start = givenBy === undefined ? '' : `${givenBy}: `;
  if (path !== '~' && !path.startsWith('~/')) {
    throw new UserError(
      `${start}another user's home folder is not looked up for '${path}'; write the whole path, or ./${path} if that is its name`,
    );
  }
  return join(homeFolder(path, start), path.slice(1));
}

function homeFolder(path: string, start: string): string {
  const home = findHome();
  if (home !== undefined) return home;
  throw new UserError(
    `${start}there is no home folder that ~ in '${path}' could stand for; set HOME, or write the whole path`,
  );
}

/** The user's home folder; undefined where there is neither HOME nor an entry for the user, as in some containers. */
export function findHome(): string | undefined {
  try {
    return environment().HOME || homedir() || undefined;
  } catch {
    return undefined;
  }
}
