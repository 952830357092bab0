import type {ChildProcess} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import type {Readable, Writable} from 'node:stream';
import {giveTask, LIFELINE, messageReader} from '../link/index.js';
import type {Confirmer} from './confirm.js';
import type {RunMessage, RunTask, SupervisorLine} from './supervisor-link.js';

/** How a process ended: with a code, or by a signal. */
export type ProcessEnd =
  | {readonly code: number; readonly signal: null}
  | {readonly code: null; readonly signal: NodeJS.Signals};

/** What is done with a process's messages. */
export interface Supervision {
  take(message: RunMessage): void;
  readonly confirmer: Confirmer;
}

/**
 * Gives a process that calls `openSupervisorLink` its task, and takes its messages. Its descriptors 3 and 4 are pipes.
 * @returns how it ended, once it has and all that it sent is taken
 */
export async function superviseProcess(
  child: ChildProcess,
  task: Omit<RunTask, 'key'>,
  {take, confirmer}: Supervision,
): Promise<ProcessEnd> {
  const key = randomBytes(32).toString('hex');
  const [lifeline, messages] = child.stdio.slice(3, 5) as [Writable, Readable];
  giveTask(lifeline, {...task, key});
  const answer = (doubts: readonly string[]): void => writeLine(child, {doubts});
  const lines = createInterface({input: messages});
  const read = messageReader<RunMessage>(key);
  lines.on('line', (line) => {
    const message = read(line);
    if (!message) return;
    take(message);
    if (message.claim) void confirmer.confirm(message.claim).then(answer);
  });
  const [[code, signal]] = await Promise.all([once(child, 'exit'), once(lines, 'close')]);
  confirmer.close();
  return {code, signal} as ProcessEnd;
}

/** Writes a line to a process that is supervised; one that has ended takes none. */
export function writeLine({stdio}: ChildProcess, line: SupervisorLine): void {
  const lifeline = stdio[LIFELINE] as Writable;
  if (lifeline.writable) lifeline.write(`${JSON.stringify(line)}\n`);
}
