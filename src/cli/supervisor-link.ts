import {writeSync} from 'node:fs';
import type {RunFlags} from './run-flags.js';

/** What the process of a run is given, as JSON in `process.argv[2]`. */
export interface RunTask {
  readonly flags: RunFlags;
  /** Whether a hang-up asks it to stop. */
  readonly hearsHangUp: boolean;
}

/** What the process of a run tells its supervisor, a line of JSON each. */
export interface RunMessage {
  /** The run's folder is there. */
  readonly folder?: {readonly path: string; readonly experiment: string};
  /** A signal was heard. */
  readonly isStopping?: boolean;
  /** Text for stdout, which is the supervisor's alone. */
  readonly print?: string;
  /** The process is about to end, with this code. */
  readonly exitCode?: number;
}

/** File descriptors of a run's process: it reads from the one to learn that its supervisor is gone, and writes to the other. */
export const LIFELINE = 3;
const MESSAGES = 4;

/** Tells the supervisor. What else was written there, by whatever code, stands on lines of its own. */
export function tellSupervisor(message: RunMessage): void {
  try {
    writeSync(MESSAGES, `\n${JSON.stringify(message)}\n`);
  } catch {
    // Without a supervisor there is no one to tell: this process is about to be ended.
  }
}

/** The message on a line, or undefined if it holds none. */
export function messageOn(line: string): RunMessage | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined;
  }
}
