import {EXIT} from './exit-codes.js';

/** Failed runs from which on exit codes no longer differ: above 125 they have a meaning to shells. */
const MOST_FAILED = 25;

/** Added to the number of runs that failed: small codes have other meanings. */
const FAILED = 100;

/** The exit code of a sweep of which some runs failed. */
export function failedExit(failed: number): number {
  return failed === 0 ? EXIT.done : FAILED + Math.min(failed, MOST_FAILED);
}
