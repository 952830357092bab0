import {readFileSync, readlinkSync} from 'node:fs';
import {hostname} from 'node:os';

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
 * @returns null if unknown
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

/**
 * Tells apart the systems whose process ids this process can't look up: by boot and namespace of process ids on Linux,
 * whatever the host is called, else by the host's name.
 */
export function systemId(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}
