import {Worker} from 'node:worker_threads';
import {siblingModule} from '../support/index.js';

/** Ends this process when its supervisor is gone. User code may block the main thread forever, so another thread watches then. */
export async function watchLifeline(isUsers: boolean): Promise<void> {
  if (isUsers) new Worker(siblingModule('lifeline', import.meta.url), {execArgv: []}).unref();
  else await import('./lifeline.js');
}
