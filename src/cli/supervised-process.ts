import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import type {Writable} from 'node:stream';
import {setTimeout as after} from 'node:timers/promises';
import {hearProcess, LIFELINE, lineOf, MESSAGES} from '../link/index.js';
import type {Confirmer} from './confirm.js';
import type {RunMessage, RunTask, SupervisorLine} from './supervisor-link.js';

/** How a process ended: with a code, or by a signal. */
export type ProcessEnd = (
  | {readonly code: number; readonly signal: null}
  | {readonly code: null; readonly signal: NodeJS.Signals}
) & {
  /** Whether it was ended here, since its messages had ended before it did. */
  readonly isCutOff: boolean;
};

/** Milliseconds in which a process has ended whose messages have, and these have ended where it has. */
const ENDING = 500;

/** What is done with a process's messages. */
export interface Supervision {
  take(message: RunMessage): void;
  readonly confirmer: Confirmer;
}

/**
 * Gives a process that calls `openSupervisorLink` its task, and takes its messages. Its descriptors 3 and 4 are pipes. A process whose
 * code has closed these is ended: nobody would hear what it does.
 * @returns how it ended, once it has and all that it sent is taken
 */
export async function superviseProcess(
  child: ChildProcess,
  task: Omit<RunTask, 'key'>,
  {take, confirmer}: Supervision,
): Promise<ProcessEnd> {
  const answer = (doubts: readonly string[]): void => writeLine(child, {doubts});
  const lines = hearProcess<RunMessage>(child, task, (message) => {
    take(message);
    if (message.claim) void confirmer.confirm(message.claim).then(answer);
  });
  const [ended, closed] = [once(child, 'exit'), once(lines, 'close')];
  let isCutOff = false;
  closed.then(async () => {
    child.kill('SIGSTOP');
    await after(ENDING, undefined, {ref: false});
    isCutOff = child.exitCode === null && child.signalCode === null && child.kill('SIGKILL');
  });
  const [code, signal] = await ended;
  // Another process that it has started may keep its descriptors.
  await Promise.race([closed, after(ENDING, undefined, {ref: false})]);
  child.stdio[MESSAGES]!.destroy();
  confirmer.close();
  return {code, signal, isCutOff} as ProcessEnd;
}

/** Writes a line to a process that is supervised; one that has ended takes none. */
export function writeLine({stdio}: ChildProcess, line: SupervisorLine): void {
  const lifeline = stdio[LIFELINE] as Writable;
  if (lifeline.writable) lifeline.write(`${lineOf(line)}\n`);
}
