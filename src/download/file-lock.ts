import {lstatSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {setTimeout as sleep} from 'node:timers/promises';
import {onDisk, UserError, withTemporary} from '../support/index.js';

const POLL_MILLISECONDS = 250;
const RENEWAL_MILLISECONDS = 5000;

export interface LockOptions<T> {
  /** Called once if another process holds the lock, with its name. */
  readonly onWait: (holder: string) => void;
  readonly work: () => Promise<T>;
  /** A lock that is not renewed for so long is that of a machine which is gone; default a minute. */
  readonly staleMilliseconds?: number;
}

/**
 * Does `work` while this process holds a lock, a file that says who it is and is renewed meanwhile. Another process's is waited
 * for; that of a process which is no more is taken over.
 * @throws UserError if something else is in the lock's place
 */
export async function withFileLock<T>(lock: string, options: LockOptions<T>): Promise<T> {
  await takeLock(lock, options);
  const renewal = setInterval(() => renew(lock), RENEWAL_MILLISECONDS);
  renewal.unref();
  try {
    return await withTemporary([lock], options.work);
  } finally {
    clearInterval(renewal);
  }
}

async function takeLock<T>(lock: string, {onWait, staleMilliseconds = 60_000}: LockOptions<T>): Promise<void> {
  let [reported, seen, unchangedSince] = [false, -1, performance.now()];
  while (!onDisk(lock, () => created(lock))) {
    const renewed = renewalOf(lock);
    // By this machine's clock alone: another's may differ.
    if (renewed !== seen) [seen, unchangedSince] = [renewed, performance.now()];
    if (isGone(lock) || performance.now() - unchangedSince > staleMilliseconds) removeStale(lock, renewed);
    else {
      if (!reported) onWait(holderOf(lock).join(' on ') || 'who it is can not be read');
      reported = true;
      await sleep(Math.min(POLL_MILLISECONDS, staleMilliseconds));
    }
  }
}

/** @returns whether there was no lock and there is now one of this process */
function created(lock: string): boolean {
  try {
    writeFileSync(lock, `${HOLDER}${process.pid}\n${hostname()}\n`, {flag: 'wx'});
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    requireLock(lock);
    return false;
  }
}

/** What is at a lock's place must be one: nothing of the user's is waited for, or removed. @throws UserError if it is something else */
function requireLock(lock: string): void {
  const there = lstatSync(lock, {throwIfNoEntry: false});
  if (there === undefined || (there.isFile() && there.size <= MOST_BYTES && isLock(textOf(lock)))) return;
  throw new UserError(
    `${lock}: it is not a lock that this tool has written, and in its place; move it away, or remove it`,
  );
}

/** Also where it is not written whole yet. */
function isLock(text: string): boolean {
  return HOLDER.startsWith(text.slice(0, HOLDER.length));
}

const HOLDER = 'process ';

/** A lock is shorter. */
const MOST_BYTES = 1024;

/** The holder's process and machine, as far as they are written yet. */
function holderOf(lock: string): string[] {
  return textOf(lock).split('\n').filter(Boolean);
}

/** Empty where it has gone, or can't be read. */
function textOf(lock: string): string {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    return '';
  }
}

/** Whether the holder was a process of this machine that has ended. */
function isGone(lock: string): boolean {
  const [holder = '', host] = holderOf(lock);
  const id = Number(holder.replace(HOLDER, ''));
  if (host !== hostname() || !(id > 0)) return false;
  try {
    process.kill(id, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Moved aside first: if another process has taken the lock in between, it is its live one, and goes back. */
function removeStale(lock: string, renewed: number): void {
  const aside = `${lock}.${process.pid}.tmp`;
  try {
    renameSync(lock, aside);
    if (renewalOf(aside) !== renewed) renameSync(aside, lock);
    rmSync(aside, {force: true});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function renewalOf(lock: string): number {
  return statSync(lock, {throwIfNoEntry: false})?.mtimeMs ?? -1;
}

function renew(lock: string): void {
  try {
    utimesSync(lock, new Date(), new Date());
  } catch {
    // The folder was removed, or can't be reached for a while: the work itself will say so.
  }
}
