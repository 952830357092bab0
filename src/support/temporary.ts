import {readdirSync, rmSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';

/** Where a file or folder is made before it is moved to its place: a name that {@link isTemporary} knows. */
export function temporaryPath(path: string): string {
  return `${path}.${process.pid}.tmp`;
}

/** Whether a name is that of a file left half-written by a process that was killed. */
export function isTemporary(name: string): boolean {
  return /\.\d+\.tmp$/.test(name);
}

/**
 * Does `work` and removes these files or folders after it, if they are still there; so it does where the process ends meanwhile by
 * `process.exit`.
 */
export async function withTemporary<T>(paths: readonly string[], work: () => Promise<T>): Promise<T> {
  const remove = (): void => {
    for (const path of paths) rmSync(path, {recursive: true, force: true});
  };
  process.once('exit', remove);
  try {
    return await work();
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/**
 * Removes what killed processes have left of a file or folder that they were making, or of several. No other process may be making it now:
 * the caller holds a lock.
 */
export function removeLeftOf(...paths: readonly string[]): void {
  for (const path of paths.flatMap(leftOf)) rmSync(path, {recursive: true, force: true});
}

/** What processes are making, or have left, of a file or folder. */
export function leftOf(path: string): string[] {
  const isOf = (name: string): boolean => isTemporary(name) && name.replace(/\.\d+\.tmp$/, '') === basename(path);
  return namesIn(dirname(path))
    .filter(isOf)
    .map((name) => join(dirname(path), name));
}

/** None where there is no such folder. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
