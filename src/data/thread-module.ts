import {fileURLToPath} from 'node:url';
import {importThreadModule, UserError} from '../support/index.js';

/** Modules of this installation need nothing to be loaded; a user's may be TypeScript. */
const INSTALLATION = new URL('../../', import.meta.url).href;

/**
 * A function that a module exports, in a worker thread.
 * @param url - the module's file
 * @throws UserError if there is none of that name, or the module can't be loaded, or is not as a run recorded it
 */
export async function importFunction<F>(url: string, name: string): Promise<F> {
  const file = fileURLToPath(url);
  const module = await (url.startsWith(INSTALLATION) ? import(url) : importThreadModule(file));
  if (typeof module[name] !== 'function') throw new UserError(`${file}: must export a function '${name}'`);
  return module[name] as F;
}

/** What is filled later would be lost: the memory is handed over. @throws UserError if a user's function goes on after it returned */
export function requireDone(result: unknown): void {
  if (!(result instanceof Promise)) return;
  result.catch(() => {});
  throw new UserError(
    'what reads or decodes an example must not be async: its values have to be there when it returns; only what creates it may be',
  );
}
