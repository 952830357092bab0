import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as sleep} from 'node:timers/promises';
import type {ProcessEnd} from './supervised-process.js';

/** A shell command under way. */
export interface ShellCommand {
  /** How it ended, and the end of what it wrote on stderr. */
  readonly ended: Promise<ProcessEnd & {readonly lastLines: string}>;
  /** Asks it, and all that it has started, to end; `ended` then waits for all of it. */
  stop(): void;
  /** Ends all of it at once. */
  kill(): void;
}

/** Characters of stderr that are kept, and lines of them. */
const KEPT = 2000;
const LINES = 5;

/** Milliseconds in which the last of what an ended command wrote arrives; something that it has left behind may hold the pipe. */
const GRACE = 1000;

/**
 * Starts a shell command in a process group of its own. What it prints goes to stderr. If this process ends without having waited,
 * however that may be, the command's group is asked to stop.
 */
export function startShellCommand(text: string): ShellCommand {
  const child = spawn('sh', ['-c', text], {stdio: ['ignore', 2, 'pipe'], detached: true});
  const endGuard = guarded(child);
  const lastLines = passedOn(child);
  let isStopped = false;
  return {
    ended: waited(child, () => isStopped).then((end) => {
      endGuard();
      return {...end, lastLines: lastLines()};
    }),
    stop() {
      isStopped = true;
      signalGroup(child, 'SIGTERM');
    },
    kill: () => signalGroup(child, 'SIGKILL'),
  };
}

async function waited(child: ChildProcess, isStopped: () => boolean): Promise<ProcessEnd> {
  const closed = once(child, 'close');
  // Where it can't be started, `exit` says so.
  closed.catch(() => {});
  const [code, signal] = await once(child, 'exit');
  // A shell that is asked to stop ends before what it has started, which holds the pipe until its checkpoint is written.
  await (isStopped() ? closed : Promise.race([closed, sleep(GRACE, undefined, {ref: false})]));
  child.stderr!.destroy();
  return {code, signal} as ProcessEnd;
}

/** A process that reads from this one, to learn that it is gone. @returns what ends it */
function guarded({pid}: ChildProcess): () => void {
  if (pid === undefined) return () => {};
  const script = 'read -r _; kill -s TERM -- "-$1"';
  const guard = spawn('sh', ['-c', script, 'sh', String(pid)], {stdio: ['pipe', 'ignore', 'ignore'], detached: true});
  guard.on('error', () => {});
  guard.stdin!.on('error', () => {});
  return () => void guard.kill('SIGKILL');
}

/** Passes stderr on to this process's. @returns a function that gives its end */
function passedOn({stderr}: ChildProcess): () => string {
  let end = '';
  stderr!.setEncoding('utf8').on('data', (text: string) => {
    process.stderr.write(text);
    end = (end + text).slice(-KEPT);
  });
  return () => end.trimEnd().split('\n').slice(-LINES).join('\n');
}

function signalGroup({pid}: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    // It has ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
