import {Worker} from 'node:worker_threads';
import {siblingModule} from './child.js';

/**
 * Ends this process when the one that started it is gone: when its descriptor 3 closes, a pipe.
 * @param hasUserCode - which may block the main thread forever: another one watches then
 * @returns that thread, which has the lines that the other process writes as messages
 */
export async function watchLifeline(hasUserCode: boolean): Promise<Worker | undefined> {
  if (!hasUserCode) {
    await import('./lifeline-thread.js');
    return undefined;
  }
  const worker = new Worker(siblingModule('lifeline-thread', import.meta.url), {execArgv: []});
  worker.unref();
  return worker;
}
