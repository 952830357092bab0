import {createRequire} from 'node:module';
import {dirname} from 'node:path';
import {UserError} from './errors.js';

const require = createRequire(import.meta.url);

/**
 * The error for a part of an installed package that npm has left out, or that was removed or damaged.
 * @param what - what can't be done, and which part is missing
 */
export function missingPart(what: string, cause?: unknown): UserError {
  const tool = dirname(require.resolve('algoperf-ts/package.json'));
  return new UserError(
    `${what}.\nTo bring it: npm install --include=optional, in ${tool} or where that is installed; where npm finds nothing to do, remove node_modules first`,
    {cause},
  );
}
