import {dirname, join} from 'node:path';
import type {Claim} from '../training/index.js';
import type {Confirmation, RequestedClaim} from '../verification/index.js';

/** What a run was asked for that a submission could claim to be otherwise. */
export type Requested = Pick<RequestedClaim, 'workload' | 'dataDir'>;

/** Confirms what runs of a user's own code claim to have reached. */
export interface Confirmer {
  /** @returns why the claim does not count, in words; empty: it does */
  confirm(claim: Claim): Promise<readonly string[]>;
  /** Whether a result, as its file holds it, claims nothing that was not confirmed. */
  allows(file: string, text: string): boolean;
  /** Ends what is under way. */
  close(): void;
}

/** What a result says that has to be confirmed. */
interface Claiming {
  readonly official: boolean;
  readonly workload: string;
  readonly timeToTarget: {readonly globalStep: number} | null;
  readonly timeToTestTarget: {readonly globalStep: number} | null;
}

/**
 * Each claim is looked into by a process of its own that loads none of the submission's code: the process that trained is not trusted
 * with it.
 * @param requested - what the runs are asked for now; undefined: there is no code of a user's in them, and nothing to confirm
 */
export function createConfirmer(requested: () => Requested | undefined): Confirmer {
  const confirmed = new Map<string, Confirmation & Claim>();
  const end = new AbortController();
  return {
    async confirm(claim) {
      const task = {...claim, ...requested()!};
      try {
        const answer = await inProcess(task, end.signal);
        if (answer.doubts.length === 0) confirmed.set(join(claim.path), {...answer, ...claim});
        return answer.doubts;
      } catch (error) {
        return [`the evaluation that reached the target can't be repeated: ${(error as Error).message}`];
      }
    },
    allows(file, text) {
      if (requested() === undefined) return true;
      const {official, workload, timeToTarget, timeToTestTarget} = JSON.parse(text) as Claiming;
      if (!official || (timeToTarget === null && timeToTestTarget === null)) return true;
      const known = confirmed.get(dirname(file));
      return (
        known?.workload === workload &&
        isOf(timeToTarget, known.steps.validation) &&
        isOf(timeToTestTarget, known.steps.test)
      );
    },
    close: () => end.abort(),
  };
}

async function inProcess(task: RequestedClaim, signal: AbortSignal): Promise<Confirmation> {
  const {runInChild, siblingModule, UserError} = await import('../support/index.js');
  const once = () => runInChild<Confirmation>(siblingModule('confirm-process', import.meta.url), task, signal);
  return once().catch((error: unknown) => {
    if (signal.aborted || error instanceof UserError) throw error;
    // It was ended, as where memory runs out for a moment.
    return once();
  });
}

function isOf(mark: Claiming['timeToTarget'], step: number | undefined): boolean {
  return mark === null || mark.globalStep === step;
}
