import {watchLifeline} from '../support/index.js';
import type {Confirm} from '../training/index.js';
import type {Tell} from './supervisor-link.js';

/**
 * Ends this process when its supervisor is gone.
 * @returns asks the supervisor to confirm what a run has reached; undefined: there is no user code
 */
export async function watchSupervisor(isUsers: boolean, tell: Tell): Promise<Confirm | undefined> {
  const thread = await watchLifeline(isUsers);
  if (thread === undefined) return undefined;
  return (claim) =>
    new Promise((resolve) => {
      thread.ref();
      thread.once('message', (line: string) => {
        thread.unref();
        resolve(JSON.parse(line) as string[]);
      });
      tell({claim});
    });
}
