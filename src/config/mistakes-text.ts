import {count} from '../support/index.js';

/** Mistakes that are listed for one file. */
const MOST_TOLD = 20;

/** Mistakes, one per line, in order; only the first of very many. */
export function mistakesText(mistakes: readonly string[]): string {
  const left = mistakes.length - MOST_TOLD;
  if (left <= 1) return mistakes.join('\n');
  return [...mistakes.slice(0, MOST_TOLD), `... and ${count(left)} more`].join('\n');
}
