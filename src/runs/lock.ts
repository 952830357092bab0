import {linkSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {onDisk, UserError} from '../support/index.js';
import {FILES} from './layout.js';
import {isRunning, processStart} from './processes.js';

/** Who works in a folder. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the system's own units: a process id may be given out again. Null where it can't be told. */
  readonly processStart: string | null;
}

/** What the LOCK of this process says. */
export function ownLock(): string {
  return `${JSON.stringify({pid: process.pid, host: hostname(), processStart: processStart(process.pid)})}\n`;
}

/** The live process that holds the run's lock, or undefined. One on another machine counts as live: it can't be asked. */
export function lockHolder(run: string): LockHolder | undefined {
  return holderIn(join(run, FILES.lock));
}

function holderIn(lock: string): LockHolder | undefined {
  try {
    const holder: unknown = JSON.parse(readFileSync(lock, 'utf8'));
    if (!isWhole(holder)) return undefined;
    return holder.host !== hostname() || isAlive(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** A file of another kind or from a torn write names nobody who could be at work. */
function isWhole(value: unknown): value is LockHolder {
  const {pid, host, processStart} = Object(value) as Partial<LockHolder>;
  const isProcess = Number.isSafeInteger(pid) && pid! > 0;
  return isProcess && typeof host === 'string' && (typeof processStart === 'string' || processStart === null);
}

function isAlive(holder: LockHolder): boolean {
  if (!isRunning(holder.pid)) return false;
  return holder.processStart === null || processStart(holder.pid) === holder.processStart;
}

/**
 * Takes the run's lock; that of a process which is no more is taken over.
 * @throws UserError naming the process that holds it
 */
export function takeLock(run: string): void {
  const lock = join(run, FILES.lock);
  const own = join(run, `${FILES.lock}.${process.pid}.tmp`);
  onDisk(lock, () => writeFileSync(own, ownLock()));
  try {
    for (;;) {
      const holder = lockHolder(run);
      if (holder) throw new UserError(inUse(run, holder));
      removeDead(run);
      // A link is made only if there is no lock: of two processes one succeeds, and the other looks again.
      if (onDisk(lock, () => linked(own, lock))) return;
    }
  } finally {
    rmSync(own, {force: true});
  }
}

/**
 * Removes the lock of a process that is no more. It is moved aside first, which only one of two processes can do; should
 * the other have taken the lock in between, what was moved is its live lock, and goes back.
 */
function removeDead(run: string): void {
  const lock = join(run, FILES.lock);
  const aside = `${lock}.dead.${process.pid}.tmp`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (holderIn(aside)) linked(aside, lock);
  rmSync(aside, {force: true});
}

/** @returns whether the lock is now ours; false if there is one already */
function linked(from: string, lock: string): boolean {
  try {
    linkSync(from, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** What to say of a run in which another process works. */
export function inUse(run: string, {pid, host}: LockHolder): string {
  return `${run}: process ${pid} on ${host} is at work in this run; wait for it, or stop it (if it is gone for good, remove ${join(run, FILES.lock)})`;
}

export function releaseLock(run: string): void {
  rmSync(join(run, FILES.lock), {force: true});
}
