import type {Document} from 'yaml';
import {UserError} from '../errors.js';

/**
 * A document's content as plain data.
 * @param where - what it stands in, for the message
 * @throws UserError for an alias that names no anchor, or aliases that blow up
 */
export function plainValue(document: Document | undefined, where: string): unknown {
  try {
    return document?.toJS();
  } catch (cause) {
    throw new UserError(`${where}: not valid YAML: ${(cause as Error).message}`, {cause});
  }
}
