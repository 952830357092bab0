import {UserError} from '../support/index.js';
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

/** Runs of which this tool's own have been verified, and those that did not pass. */
export interface VerifiedRuns {
  readonly runs: readonly ReadRun[];
  readonly problems: readonly Problem[];
}

/** Verifies this tool's runs, one after the other: whether a run is official is what that says. Other runs stay as they are. */
export async function verifiedRuns(runs: readonly ReadRun[], verify: VerifyRun): Promise<VerifiedRuns> {
  const verified: ReadRun[] = [];
  const problems: Problem[] = [];
  for (const run of runs) {
    if (!run.isOurs || run.hash === undefined) {
      verified.push(run);
      continue;
    }
    const {isOfficial, wrong} = await verdictOf(run.path, verify);
    verified.push({...run, official: isOfficial});
    problems.push(...wrong.map((what) => notVerified(run, what)));
  }
  return {runs: verified, problems};
}

async function verdictOf(path: string, verify: VerifyRun): Promise<{isOfficial: boolean; wrong: readonly string[]}> {
  try {
    const {isOfficial, findings} = await verify(path);
    return {isOfficial, wrong: findings.filter(({outcome}) => outcome === 'failed').map(({message}) => message)};
  } catch (error) {
    if (error instanceof UserError) return {isOfficial: false, wrong: [error.message]};
    throw error;
  }
}

function notVerified({submission, workload, study, trial, path}: ReadRun, what: string): Problem {
  return {kind: 'not verified', submission, workload, study: study || null, trial, what, path};
}
