import {fileURLToPath} from 'node:url';
import {siblingModule} from '../support/index.js';

/** The words that start this tool with this Node. */
export function toolWords(): string[] {
  return [
    process.execPath,
    fileURLToPath(new URL('../../../bin/algoperf-ts.js', siblingModule('main', import.meta.url))),
  ];
}
