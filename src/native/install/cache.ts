import {existsSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {cacheFolder, isFolder, UserError} from '../../support/index.js';
import {BUILD, type InstalledTensorflow, type InstallRecord, installedTensorflows, RECORD_FILE} from '../installed.js';
import {withLock} from './lock.js';

/**
 * Removes all installations from the cache, and the remains of interrupted ones.
 * @returns what was removed
 * @throws UserError while an installation is in progress, or if a file is in the cache's place
 */
export async function removeTensorflow(): Promise<InstalledTensorflow[]> {
  const cache = cacheFolder();
  if (existsSync(cache) && !isFolder(cache)) {
    throw new UserError(
      `${cache}: is a file, where this tool's cache should be a folder; move it away, or set XDG_CACHE_HOME to another folder`,
    );
  }
  if (!existsSync(cache)) return [];
  return withLock(cache, async () => {
    const removed = installedTensorflows();
    for (const {addon, folder} of removed) {
      // First, since an interrupted removal must not leave an addon without its libraries.
      rmSync(addon);
      rmSync(folder, {recursive: true});
    }
    removeStaging(cache);
    rmSync(wheelFolder(cache), {recursive: true, force: true});
    rmSync(join(cache, 'build.log'), {force: true});
    return removed;
  });
}

/** Where this process builds: beside the final folder, so that a rename is enough. */
export function stagingFolder(cache: string): string {
  return join(cache, `${stagingPrefix()}${process.pid}`);
}

/** Removes the remains of installations that were killed on this machine. Only while the lock is held. */
export function removeStaging(cache: string): void {
  const stale = readdirSync(cache).filter((name) => name.startsWith(stagingPrefix()));
  for (const name of stale) rmSync(join(cache, name), {recursive: true, force: true});
}

/** Where wheels lie until they are unpacked; a failed try leaves them for the next one. */
export function wheelFolder(cache: string): string {
  return join(cache, 'wheels');
}

/** Bytes of all files below a folder. */
export function bytesIn(folder: string): number {
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .map((name) => statSync(join(folder, name)))
    .filter((entry) => entry.isFile())
    .reduce((sum, {size}) => sum + size, 0);
}

/** Notes the sizes of an installation's libraries and programs beside them; what is only there to build with is left out. */
export function writeRecord(folder: string): void {
  const files = readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter(
    (name) => !/^tensorflow\/include\/|\.dist-info\//.test(name),
  );
  const sizes = files
    .map((name) => [name, statSync(join(folder, name))] as const)
    .filter(([, entry]) => entry.isFile())
    .map(([name, {size}]) => [name, size] as const);
  const record: InstallRecord = {build: BUILD, bytes: Object.fromEntries(sizes)};
  writeFileSync(join(folder, RECORD_FILE), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Named by machine: a home may be shared, and what another machine is building is not removed by this one. */
function stagingPrefix(): string {
  return `.installing-${hostname()}-`;
}
