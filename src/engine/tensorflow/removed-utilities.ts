import {createRequire} from 'node:module';

const require = createRequire(import.meta.url);

const isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined;

/**
 * tfjs-node 4.22 calls `util.isNullOrUndefined`, which Node 23 removed and Node 22 warns about. To be called before `node:util` is
 * made read-only, where it is; once more does nothing.
 */
export function defineRemovedUtilities(): void {
  const util = require('node:util') as {isNullOrUndefined: typeof isNullOrUndefined};
  if (util.isNullOrUndefined !== isNullOrUndefined) util.isNullOrUndefined = isNullOrUndefined;
}
