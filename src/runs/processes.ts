import {readFileSync} from 'node:fs';

/** Whether a process of this machine is still at work: one that has ended and only waits for its parent's notice is not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return fieldsOf(pid)?.[STATE] !== ENDED;
}

/**
 * When a process began, in the system's own units: a process id may be given out again.
 * @returns null where it can't be told
 */
export function processStart(pid: number): string | null {
  return fieldsOf(pid)?.[START] ?? null;
}

/** Places among the fields of /proc/<pid>/stat that follow the command's name. */
const [STATE, START] = [0, 19];
const ENDED = 'Z';

function fieldsOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in parentheses, may hold spaces and parentheses itself.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
