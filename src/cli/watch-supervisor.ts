import {type Lifeline, watchLifeline} from '../support/index.js';
import type {Confirm} from '../training/index.js';
import type {SupervisorLine, Tell} from './supervisor-link.js';
import type {WorkerRequest} from './sweep-link.js';

/** The supervisor, as a process sees it. */
export interface WatchedSupervisor {
  /** Keeps the process alive while it waits for what the supervisor asks. */
  readonly lifeline: Lifeline;
  /** Asks the supervisor to confirm what a run has reached; undefined: there is no user code. */
  readonly confirm: Confirm | undefined;
}

/**
 * Ends this process when its supervisor is gone.
 * @param onRequest - called with what it asks of a sweep's process; default: it asks nothing
 */
export async function watchSupervisor(
  isUsers: boolean,
  tell: Tell,
  onRequest: (request: WorkerRequest) => void = () => {},
): Promise<WatchedSupervisor> {
  let answered = (_doubts: readonly string[]): void => {};
  const lifeline = await watchLifeline(isUsers, (text) => {
    const line = JSON.parse(text) as SupervisorLine;
    if ('doubts' in line) answered(line.doubts);
    else onRequest(line.request);
  });
  const confirm: Confirm = (claim) =>
    new Promise((resolve) => {
      lifeline.ref();
      answered = (doubts) => {
        lifeline.unref();
        resolve(doubts);
      };
      tell({claim});
    });
  return {lifeline, confirm: isUsers ? confirm : undefined};
}
