import {fork} from 'node:child_process';
import {fileURLToPath} from 'node:url';

/** How a child process answers: with what it found, or with why it could not. */
export type ChildAnswer<T> = {readonly result: T} | {readonly failure: string};

/**
 * Runs a module in a process of its own, so that a library which crashes, or writes to stderr while it loads, leaves this
 * process alone. The module gets its task as JSON in `process.argv[2]` and answers by {@link answer}.
 * @param options.module - address of the module, as built or, while developing, in TypeScript
 * @returns what the module found
 * @throws Error with the module's reason, or with the end of its stderr if it died without an answer
 */
export function runInChild<T>(
  module: URL,
  task: unknown,
  {env = process.env}: {env?: NodeJS.ProcessEnv} = {},
): Promise<T> {
  const execArgv = module.pathname.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];
  const child = fork(fileURLToPath(module), [JSON.stringify(task)], {
    env,
    execArgv,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4000);
  });
  let received: ChildAnswer<T> | undefined;
  child.on('message', (message) => {
    received = message as ChildAnswer<T>;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (received && 'result' in received) resolve(received.result);
      else if (received) reject(new Error(received.failure));
      else reject(new Error(`it ended with ${signal ?? `status ${status}`}: ${complaint.trim() || 'no word why'}`));
    });
  });
}

/** The child's side of {@link runInChild}: does the task and sends what came of it. */
export async function answer<Task, T>(work: (task: Task) => Promise<T>): Promise<void> {
  const send = (message: ChildAnswer<T>): void => {
    process.send!(message, () => process.disconnect());
  };
  try {
    send({result: await work(JSON.parse(process.argv[2]!) as Task)});
  } catch (error) {
    send({failure: (error as Error).message});
  }
}

/** The address of a module beside another, with the other's ending: both are built, or both are TypeScript. */
export function siblingModule(name: string, base: string): URL {
  return new URL(`./${name}${base.endsWith('.ts') ? '.ts' : '.js'}`, base);
}
