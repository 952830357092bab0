import {messageSender, takeTask} from '../link/index.js';
import type {ChildAnswer, ChildTask} from './child.js';
import {UserError} from './errors.js';
import {thrownText} from './stack.js';
import {watchLifeline} from './watch-lifeline.js';

/** What is said where user code fails unseen. */
export interface UserCode {
  readonly remedies: readonly string[];
}

/**
 * The child's side of `runInChild`: does the task and sends what came of it.
 * @param userCode - that there is some, which may block the main thread, throw where nobody waits for it, or end the process, and what is
 * said then; default: there is none
 */
export async function answer<Task, T>(work: (task: Task) => Promise<T>, userCode?: UserCode): Promise<void> {
  const {key, task} = takeTask<ChildTask<Task>>();
  const sendKeyed = messageSender(key);
  const send = (message: ChildAnswer<T>): void => sendKeyed(message);
  await watchLifeline(userCode !== undefined);
  if (userCode) {
    const fail = (found: string): void => send({failure: [found, ...userCode.remedies].join('; '), isUserError: true});
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
