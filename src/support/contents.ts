import {existsSync, readdirSync} from 'node:fs';
import {isFolder} from './files.js';

/** Names that a message lists; of more only the number is given. */
const MOST_NAMED = 5;

/** What is at a place where something else was looked for, in words: `in it are: a.txt, logs/`. */
export function contentsInWords(path: string): string {
  if (!existsSync(path)) return 'there is no such folder';
  if (!isFolder(path)) return 'it is a file';
  try {
    return listed(
      readdirSync(path, {withFileTypes: true}).map((entry) => entry.name + (entry.isDirectory() ? '/' : '')),
    );
  } catch (error) {
    return `it can't be read (${(error as Error).message})`;
  }
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'it is empty';
  const left = names.length - MOST_NAMED;
  // Hidden ones tell the least.
  const byName = [...names].sort((a, b) => Number(a.startsWith('.')) - Number(b.startsWith('.')) || (a < b ? -1 : 1));
  const shown = byName.slice(0, left > 1 ? MOST_NAMED : undefined);
  return `in it are: ${shown.join(', ')}${left > 1 ? ` and ${left} more` : ''}`;
}
