import {UserError} from '../support/index.js';
import type {Problem} from './problems.js';

const REFUSED: readonly Problem['kind'][] = [
  'missing',
  'unreadable',
  'unfinished',
  'misplaced',
  'copied',
  'not verified',
];
const MOST_LINES = 20;

/** @throws UserError naming what is missing, can't be read, is not over, is where it does not belong, is a copy or did not pass its verification */
export function requireComplete(problems: readonly Problem[]): void {
  const refused = problems.filter(({kind}) => REFUSED.includes(kind));
  if (refused.length === 0) return;
  const lines = refused.slice(0, MOST_LINES).map((each) => `  ${placeOf(each)}: ${each.what}`);
  const more = refused.length > MOST_LINES ? [`  ... and ${refused.length - MOST_LINES} more`] : [];
  throw new UserError(['--strict: the pool is not complete:', ...lines, ...more].join('\n'));
}

/** Which run a problem is of, as far as it is of one: `first, mnist, study_1, trial_2`. */
export function placeOf({submission, workload, study, trial, path}: Problem): string {
  const names = [submission, workload, study, trial].filter((name) => name !== null && name !== '');
  return names.length > 0 ? names.join(', ') : (path ?? '');
}
