import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as after} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {hearProcess} from '../link/index.js';
import {environment} from './environment.js';
import {UserError} from './errors.js';

/** What a child process is given. */
export interface ChildTask<Task> {
  readonly task: Task;
  /** Marks its answer: what other code writes there is none. */
  readonly key: string;
}

/** The answer of a child process: its result, or its error. */
export type ChildAnswer<T> = {readonly result: T} | {readonly failure: string; readonly isUserError: boolean};

/** A child process has ended without an answer. */
export class ChildEndError extends Error {
  override name = 'ChildEndError';
  /** The signal, or the status, that it ended with. */
  readonly end: string;
  /** The end of its stderr. */
  readonly lastWords: string;

  constructor(end: string, lastWords: string) {
    super(`it ended with ${end}: ${lastWords || 'no message'}`);
    this.end = end;
    this.lastWords = lastWords;
  }
}

/** Milliseconds in which what a process has written before its end is read: another one that it has started may keep its files. */
const LAST_WORDS = 1000;

/**
 * Runs a module in a process of its own, so that a library which crashes, or writes to stderr while it loads, leaves this
 * process alone. The module gets its task, and answers, by `answer`. It is ended then, whatever its code has left running, and when this
 * process is gone.
 * @param module - the address of a file that Node can run: see {@link siblingModule}
 * @param signal - aborted to end the process: that is an error, too; default: it is let end by itself
 * @returns what the module found
 * @throws UserError with the module's reason, if that is one that the user can fix
 * @throws ChildEndError if it ended without an answer
 * @throws Error with another reason
 */
export async function runInChild<T>(module: URL, task: unknown, signal?: AbortSignal): Promise<T> {
  const child = spawn(process.execPath, [...nodeOptions(), fileURLToPath(module)], {
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  const end = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', end);
  let received: ChildAnswer<T> | undefined;
  hearProcess<ChildAnswer<T>>(child, {task}, (message) => {
    received ??= message;
    end();
  });
  let complaint = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4000);
  });
  // That it can't be started is heard below.
  const closed = once(child, 'close').catch(() => {});
  const [status, killedBy] = await once(child, 'exit');
  await Promise.race([closed, received ?? after(LAST_WORDS, undefined, {ref: false})]);
  signal?.removeEventListener('abort', end);
  for (const stream of child.stdio) stream?.destroy();
  if (!received) throw new ChildEndError(killedBy ?? `status ${status}`, complaint.trim());
  if ('result' in received) return received.result;
  throw received.isUserError ? new UserError(received.failure) : new Error(received.failure);
}

/**
 * The options that Node got with this process, for one that runs a file: none, where this one runs something else than a file, and a
 * debugger is this process's alone.
 */
export function nodeOptions(): string[] {
  const isOfFile =
    ![undefined, '-'].includes(process.argv[1]) && !process.execArgv.some((option) => OF_NO_FILE.test(option));
  if (!isOfFile) return [];
  return process.execArgv.filter(
    (option, i, all) => !OF_DEBUGGER.test(option) && !(all[i - 1] && PORT_FOLLOWS.test(all[i - 1]!)),
  );
}

const OF_NO_FILE = /^(-[epic]|-pe|--(eval|print|interactive|check|test|watch))\b/;
const OF_DEBUGGER = /^--(inspect|debug-port)\b/;
const PORT_FOLLOWS = /^--(inspect|debug)-port$/;

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
