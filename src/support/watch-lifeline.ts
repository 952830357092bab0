import {createInterface} from 'node:readline';
import {Worker} from 'node:worker_threads';
import {siblingModule} from './child.js';

/** What watches the process that started this one. It keeps this process alive only between `ref` and `unref`. */
export interface Lifeline {
  ref(): unknown;
  unref(): unknown;
}

/**
 * Ends this process when the one that started it is gone: when its descriptor 3 closes, a pipe.
 * @param hasUserCode - which may block the main thread forever: another one watches then
 * @param take - called with each line that the other process writes there; default: they are ignored
 */
export async function watchLifeline(hasUserCode: boolean, take: (line: string) => void = () => {}): Promise<Lifeline> {
  const lifeline = hasUserCode ? threadThatWatches(take) : await watchedHere(take);
  lifeline.unref();
  return lifeline;
}

function threadThatWatches(take: (line: string) => void): Lifeline {
  return new Worker(siblingModule('lifeline-thread', import.meta.url), {execArgv: []}).on('message', take);
}

async function watchedHere(take: (line: string) => void): Promise<Lifeline> {
  const {lifeline} = await import('./lifeline-thread.js');
  createInterface({input: lifeline}).on('line', take);
  return lifeline;
}
