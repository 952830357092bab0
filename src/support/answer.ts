import type {ChildAnswer} from './child.js';
import {UserError} from './errors.js';
import {watchLifeline} from './watch-lifeline.js';

/**
 * The child's side of `runInChild`: does the task and sends what came of it.
 * @param hasUserCode - which may block the main thread; default false
 */
export async function answer<Task, T>(work: (task: Task) => Promise<T>, hasUserCode = false): Promise<void> {
  const task = new Promise<Task>((resolve) => {
    process.once('message', (message) => resolve((message as {readonly task: Task}).task));
  });
  await watchLifeline(hasUserCode);
  const send = (message: ChildAnswer<T>): void => {
    process.send!(message, () => process.disconnect());
  };
  try {
    send({result: await work(await task)});
  } catch (error) {
    send({failure: (error as Error).message, isUserError: error instanceof UserError});
  }
}
