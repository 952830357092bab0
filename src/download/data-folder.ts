import {existsSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {UserError} from '../errors.js';
import {cacheFolder} from './cache-folder.js';

/** Where `data download` puts a workload's data when it is not told where, and where its loader looks last. */
export function downloadedData(workload: string): string {
  return join(cacheFolder(), 'data', workload);
}

/** @throws UserError unless the user's `--data-dir` is a folder */
export function requireDataDir(dir: string): void {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) throw new UserError(`--data-dir: there is no folder '${dir}'`);
}
