import {count} from '../support/index.js';

/** Mistakes that are told of one file. */
const MOST_TOLD = 20;

/** Mistakes one a line, in their order; of very many only the first. */
export function told(mistakes: readonly string[]): string {
  const left = mistakes.length - MOST_TOLD;
  if (left <= 1) return mistakes.join('\n');
  return [...mistakes.slice(0, MOST_TOLD), `... and ${count(left)} more`].join('\n');
}
