import {existsSync, readdirSync} from 'node:fs';
import {isFolder, makeFolder, onDisk, UserError} from '../support/index.js';

/**
 * Makes the folder that an export goes into. In one that has something in it, what is left of an older export would be read with it.
 * @throws UserError if it is not empty, or can't be made
 */
export function requireEmptyFolder(path: string, flag: string): void {
  if (existsSync(path) && !isFolder(path)) throw new UserError(`${flag}: ${path} is a file; name a new folder`);
  onDisk(path, () => makeFolder(path));
  if (onDisk(path, () => readdirSync(path)).length > 0)
    throw new UserError(`${flag}: ${path} is not empty; remove what is in it, or name a new folder`);
}
