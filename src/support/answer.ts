import {messageSender, takeTask} from '../link/index.js';
import type {ChildAnswer, ChildTask} from './child.js';
import {UserError} from './errors.js';
import {thrownText} from './stack.js';
import {watchLifeline} from './watch-lifeline.js';

/**
 * The child's side of `runInChild`: does the task and sends what came of it.
 * @param hasUserCode - which may block the main thread, throw where nobody waits for it, or end the process; default false
 */
export async function answer<Task, T>(work: (task: Task) => Promise<T>, hasUserCode = false): Promise<void> {
  const {key, task} = takeTask<ChildTask<Task>>();
  const sendKeyed = messageSender(key);
  const send = (message: ChildAnswer<T>): void => sendKeyed(message);
  await watchLifeline(hasUserCode);
  if (hasUserCode) {
    const fail = (failure: string): void => send({failure, isUserError: true});
    process.on('uncaughtException', (error) => fail(`code of the user's own threw: ${thrownText(error)}`));
    process.on('exit', (code) =>
      fail(`code of the user's own ended the process with code ${code}, or gave a promise that never settles`),
    );
  }
  try {
    send({result: await work(task)});
  } catch (error) {
    send({failure: (error as Error).message, isUserError: error instanceof UserError});
  }
}
