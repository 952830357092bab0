import {statSync} from 'node:fs';
import {join} from 'node:path';
import {cacheFolder, environment, expandHome, UserError} from '../support/index.js';

/** Where `data download` puts a workload's data unless it is given a folder, and where its loader looks last. */
export function downloadedData(workload: string, cache = cacheFolder()): string {
  return join(cache, 'data', workload);
}

/** The folder that ALGOPERF_DATA_DIR names, whether or not it is there; undefined if the variable is not set. */
export function namedDataRoot(): string | undefined {
  const root = environment().ALGOPERF_DATA_DIR;
  return root ? expandHome(root, 'ALGOPERF_DATA_DIR') : undefined;
}

/** The folder that ALGOPERF_DATA_DIR names; undefined if it is not set. @throws UserError if there is no such folder */
export function dataRoot(): string | undefined {
  const root = namedDataRoot();
  if (root === undefined) return undefined;
  requireFolder('ALGOPERF_DATA_DIR', root);
  return root;
}

/** @throws UserError unless the user's `--data-dir` is a folder */
export function requireDataDir(dir: string): void {
  requireFolder('--data-dir', dir);
}

function requireFolder(givenBy: string, path: string): void {
  try {
    if (statSync(path).isDirectory()) return;
  } catch (cause) {
    const {code} = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw new UserError(`${givenBy}: '${path}' can't be looked at: ${(cause as Error).message}`, {cause});
  }
  throw new UserError(`${givenBy}: there is no folder '${path}'`);
}
