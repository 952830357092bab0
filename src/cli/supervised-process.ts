import type {ChildProcess} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import type {Readable, Writable} from 'node:stream';
import {messageReader, type RunMessage, type RunTask} from './supervisor-link.js';

/** How a process ended: with a code, or by a signal. */
export type ProcessEnd =
  | {readonly code: number; readonly signal: null}
  | {readonly code: null; readonly signal: NodeJS.Signals};

/**
 * Gives a process that calls `openSupervisorLink` its task, and takes its messages. Its descriptors 3 and 4 are pipes.
 * @returns how it ended, once it has and all that it sent is taken
 */
export async function superviseProcess(
  child: ChildProcess,
  task: Omit<RunTask, 'key'>,
  take: (message: RunMessage) => void,
): Promise<ProcessEnd> {
  const key = randomBytes(32).toString('hex');
  const [lifeline, messages] = child.stdio.slice(3, 5) as [Writable, Readable];
  lifeline.on('error', () => {});
  lifeline.write(`${JSON.stringify({...task, key})}\n`);
  const lines = createInterface({input: messages});
  const read = messageReader(key);
  lines.on('line', (line) => {
    const message = read(line);
    if (message) take(message);
  });
  const [[code, signal]] = await Promise.all([once(child, 'exit'), once(lines, 'close')]);
  return {code, signal} as ProcessEnd;
}
