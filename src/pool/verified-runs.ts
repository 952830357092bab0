import {UserError} from '../support/index.js';
import {NO_EVALUATIONS} from './evaluation-table.js';
import type {Problem} from './problems.js';
import type {ReadRun} from './read-runs.js';

/** What verifying a run came to, as `verifyRun` gives it. */
export interface RunVerdict {
  readonly isConsistent: boolean;
  readonly isOfficial: boolean;
  readonly findings: readonly {readonly outcome: string; readonly message: string}[];
}

/** Verifies the run in a folder. @throws UserError if that can't be done */
export type VerifyRun = (path: string) => Promise<RunVerdict>;

/** How many of this tool's runs were verified, and how that went. */
export interface VerifiedCount {
  readonly passed: number;
  /** Did not pass, or can't be verified: they count as runs that have not reached their target. */
  readonly leftOut: number;
  /** Of AlgoPerf's own folders and logs, which can't be verified: they count as they are. */
  readonly others: number;
}

/** Runs of which this tool's own have been verified. */
export interface VerifiedRuns {
  /** All of them; those that are left out have no evaluations. */
  readonly runs: readonly ReadRun[];
  /** One for each run that is left out. */
  readonly problems: readonly Problem[];
  readonly count: VerifiedCount;
}

/**
 * Verifies this tool's runs, one after the other: whether a run is official is what that says, and one that does not pass, or can't
 * be verified, loses its evaluations. Other runs stay as they are.
 */
export async function verifiedRuns(runs: readonly ReadRun[], verify: VerifyRun): Promise<VerifiedRuns> {
  const verified: ReadRun[] = [];
  const problems: Problem[] = [];
  for (const run of runs) {
    const {isOfficial, wrong, unchecked} = isVerifiable(run)
      ? await verdictOf(run.path, verify)
      : {isOfficial: run.official, wrong: [], unchecked: []};
    const isLeftOut = wrong.length > 0;
    const notOfficialBecause = [...run.notOfficialBecause, ...(isOfficial ? [] : unchecked)];
    const verdict = {official: isOfficial, notOfficialBecause, isLeftOut};
    verified.push({...run, ...verdict, ...(isLeftOut && {evaluations: NO_EVALUATIONS})});
    if (isLeftOut) problems.push(notVerified(run, wrong));
  }
  const others = runs.filter(({isOurs}) => !isOurs).length;
  const leftOut = problems.length;
  return {runs: verified, problems, count: {passed: runs.filter(isVerifiable).length - leftOut, leftOut, others}};
}

/** Whether it is one of this tool's, of which there is something to verify. */
function isVerifiable({isOurs, hash}: ReadRun): boolean {
  return isOurs && hash !== undefined;
}

/** A verdict, with what has failed and what could not be checked, in words. */
interface Verdict extends Pick<RunVerdict, 'isOfficial'> {
  readonly wrong: readonly string[];
  readonly unchecked: readonly string[];
}

async function verdictOf(path: string, verify: VerifyRun): Promise<Verdict> {
  try {
    const {isOfficial, findings} = await verify(path);
    const messagesOf = (kind: string) => findings.filter(({outcome}) => outcome === kind).map(({message}) => message);
    return {isOfficial, wrong: messagesOf('failed'), unchecked: messagesOf('unchecked')};
  } catch (error) {
    const wrong = [`it can't be verified: ${(error as Error).message}`];
    if (error instanceof UserError) return {isOfficial: false, wrong, unchecked: []};
    throw error;
  }
}

function notVerified({submission, workload, study, trial, path}: ReadRun, wrong: readonly string[]): Problem {
  const [first, ...others] = wrong;
  const more = others.length > 0 ? `; ${others.length} more by \`algoperf-ts verify\`` : '';
  const what = `left out: ${first}${more}`;
  return {kind: 'not verified', submission, workload, study: study || null, trial, what, path};
}
