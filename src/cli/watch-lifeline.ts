import {Worker} from 'node:worker_threads';
import {siblingModule} from '../support/index.js';
import type {Confirm} from '../training/index.js';
import type {Tell} from './supervisor-link.js';

/**
 * Ends this process when its supervisor is gone. User code may block the main thread forever, so another thread watches then.
 * @returns asks the supervisor to confirm what a run has reached; undefined: there is no user code
 */
export async function watchLifeline(isUsers: boolean, tell: Tell): Promise<Confirm | undefined> {
  if (!isUsers) {
    await import('./lifeline.js');
    return undefined;
  }
  const worker = new Worker(siblingModule('lifeline', import.meta.url), {execArgv: []});
  worker.unref();
  return (claim) =>
    new Promise((resolve) => {
      worker.ref();
      worker.once('message', (line: string) => {
        worker.unref();
        resolve(JSON.parse(line) as string[]);
      });
      tell({claim});
    });
}
