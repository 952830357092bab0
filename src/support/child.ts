import {fork} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {environment} from './environment.js';
import {UserError} from './errors.js';

/** The answer of a child process: its result, or its error. */
export type ChildAnswer<T> = {readonly result: T} | {readonly failure: string; readonly isUserError: boolean};

/**
 * Runs a module in a process of its own, so that a library which crashes, or writes to stderr while it loads, leaves this
 * process alone. The module gets its task, and answers, by `answer`. It is ended then, whatever its code has left running, and when this process
 * is gone.
 * @param module - the address of a file that Node can run: see {@link siblingModule}
 * @param signal - aborted to end the process: that is an error, too; default: it is let end by itself
 * @returns what the module found
 * @throws UserError with the module's reason, if that is one that the user can fix
 * @throws Error with another reason, or with the end of its stderr if it died without an answer
 */
export async function runInChild<T>(module: URL, task: unknown, signal?: AbortSignal): Promise<T> {
  const child = fork(fileURLToPath(module), {
    execArgv: nodeOptions(),
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'ipc'],
  });
  // One that can't take the task has ended, which is told below.
  child.send({task}, () => {});
  let complaint = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4000);
  });
  let received: ChildAnswer<T> | undefined;
  const end = (): void => void child.kill('SIGKILL');
  // The answer may arrive after the process has ended, but before the channel is closed.
  child.on('message', (message) => {
    received = message as ChildAnswer<T>;
    end();
  });
  signal?.addEventListener('abort', end);
  const [[status, killedBy]] = await Promise.all([once(child, 'close'), once(child, 'disconnect')]);
  signal?.removeEventListener('abort', end);
  if (!received)
    throw new Error(`it ended with ${killedBy ?? `status ${status}`}: ${complaint.trim() || 'no message'}`);
  if ('result' in received) return received.result;
  throw received.isUserError ? new UserError(received.failure) : new Error(received.failure);
}

/**
 * The options that Node got with this process, for one that runs a file: none, where this one runs something else than a file, and a
 * debugger is this process's alone.
 */
export function nodeOptions(): string[] {
  if (process.execArgv.some((option) => /^(-[epic]|-pe|--(eval|print|interactive|check|test|watch))\b/.test(option)))
    return [];
  return process.execArgv.filter((option) => !/^--inspect/.test(option));
}

/**
 * The built module beside another.
 * @param base - `import.meta.url` of the other. Node can't run TypeScript, so for one in `src/` it is the module's counterpart
 * in `dist/src/`, which has to be built.
 */
export function siblingModule(name: string, base: string): URL {
  const sibling = new URL(`./${name}.js`, base);
  if (base.endsWith('.ts')) sibling.pathname = sibling.pathname.replace(/^(.*)\/src\//, '$1/dist/src/');
  return sibling;
}
