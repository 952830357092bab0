import type {Document} from 'yaml';
import {UserError} from '../support/index.js';

/** Whether lists and mappings within each other were more than the parser's stack holds: some hundred levels. */
export function isTooDeep({message}: Error): boolean {
  return message.includes('call stack');
}

/** What is wrong with a piece of YAML, in words. */
export function yamlMessage(error: Error): string {
  return isTooDeep(error) ? 'lists or mappings are nested too deeply; a config needs three levels' : error.message;
}

/**
 * A document's content as plain data.
 * @param where - what it stands in, for the message
 * @throws UserError for an alias that names no anchor, or aliases that blow up
 */
export function plainValue(document: Document | undefined, where: string): unknown {
  try {
    return document?.toJS();
  } catch (cause) {
    throw new UserError(`${where}: not valid YAML: ${yamlMessage(cause as Error)}`, {cause});
  }
}
