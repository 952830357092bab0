import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {UserError} from '../support/index.js';

/** Where this package is. */
export const packageRoot = dirname(createRequire(import.meta.url).resolve('algoperf-ts/package.json'));

/** Where the page's bundled files are. */
export const pageFolder = join(packageRoot, 'dist', 'page');

export const PAGE_FILES = {script: 'page.js', style: 'page.css'} as const;

/** The text of one of the page's files. @throws UserError where the package was not built */
export function pageFile(name: keyof typeof PAGE_FILES): string {
  const path = join(pageFolder, PAGE_FILES[name]);
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UserError(`${path}: the report's page is missing; make it by: npm run build`, {cause});
  }
}
