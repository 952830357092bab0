import {closeSync, existsSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {onDisk, UserError} from '../support/index.js';
import {FILES} from './layout.js';
import {type FoundLock, type LockHolder, lockText, newHolder, placeLock, readLock, removeLock} from './lock-file.js';
import {isRunning, processStart, systemId} from './processes.js';

export type {LockHolder} from './lock-file.js';

/** Milliseconds from one renewal to the next. */
const RENEWAL = 5000;

/**
 * Milliseconds without a renewal after which a lock may be taken over from another machine. A step, a picture or a checkpoint
 * may keep its holder's process from renewing it for less than that; one that was kept for longer finds out, and stops.
 */
const LEASE = 60_000;

/** Milliseconds for which a lock is watched at least, whatever the clocks say. */
const WATCH = 2 * RENEWAL;

/** Milliseconds from one look at a watched lock to the next. */
const LOOK = 1000;

/** The clock of this process, replaceable in tests; in milliseconds from anywhere. */
export interface LockClock {
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
  /** Calls `work` again and again, without keeping the process alive. @returns what ends it */
  every(milliseconds: number, work: () => void): () => void;
}

const realClock: LockClock = {
  now: () => performance.now(),
  sleep: (milliseconds) => sleep(milliseconds),
  every(milliseconds, work) {
    const timer = setInterval(work, milliseconds).unref();
    return () => clearInterval(timer);
  },
};

/** A run's lock that this process holds, and renews until it is released. */
export interface Lock {
  /** @throws UserError if another process has taken the run over: this one must not write in its folder any more */
  requireHeld(): void;
  /** Removes the lock, if it is still this process's. Never throws. */
  release(): void;
}

/** How a lock is taken. */
export interface LockOptions {
  /** Called with what is waited for, and what was taken over. */
  readonly warn?: (message: string) => void;
  readonly clock?: LockClock;
  /** What the folder is, in messages; default: a run's. */
  readonly kind?: 'run' | 'sweep';
}

/**
 * Takes the run's lock. One whose process is of this system is judged by that process, at once. Any other is a lease: it is
 * watched until it is renewed, which shows a live holder, or its time is over, by this process's clock and the file system's,
 * never by those of two machines.
 * @throws UserError naming the process that holds it
 */
export async function takeLock(run: string, options: LockOptions = {}): Promise<Lock> {
  const {warn = () => {}, clock = realClock, kind = 'run'} = options;
  const path = join(run, FILES.lock);
  const own = newHolder();
  for (;;) {
    const found = readLock(path);
    if (found && isHere(found.holder)) {
      if (isAlive(found.holder)) throw new UserError(inUse(run, kind, found.holder));
    } else if (found) {
      if (!(await isStale(run, found, {warn, clock, kind}))) continue;
      warn(`${run}: ${wordsOf(found)} has not renewed its lock for too long; it is taken over`);
    }
    if (found) removeLock(path, found);
    if (placeLock(path, lockText(own))) return holdLock(run, own, clock);
    if (!found && existsSync(path) && !readLock(path))
      throw new UserError(`${path}: it can't be read; change its permissions or remove it`);
  }
}

/**
 * Watches a lock that can't be judged from here.
 * @returns true if it was not written until its time was over; false if it is another one, or gone
 * @throws UserError if its holder renewed it
 */
async function isStale(run: string, found: FoundLock, {warn, clock, kind}: Required<LockOptions>): Promise<boolean> {
  const path = join(run, FILES.lock);
  const lease = found.holder ? LEASE : WATCH;
  const wait = Math.max(WATCH, lease - (fileSystemNow(run) - found.writtenAt));
  warn(`${run}: ${wordsOf(found)} may be at work in this ${kind}; watching its lock for ${Math.ceil(wait / 1000)} s`);
  const end = clock.now() + wait;
  while (clock.now() < end) {
    await clock.sleep(Math.min(LOOK, wait));
    const seen = readLock(path);
    if (seen?.text === found.text) continue;
    if (seen?.holder && seen.holder.id === found.holder?.id) throw new UserError(inUse(run, kind, seen.holder));
    return false;
  }
  return true;
}

/** The time by the clock that the file system stamps files with. */
function fileSystemNow(run: string): number {
  const path = join(run, `${FILES.lock}.now.${process.pid}.tmp`);
  return onDisk(path, () => {
    try {
      writeFileSync(path, 'now');
      return statSync(path).mtimeMs;
    } finally {
      rmSync(path, {force: true});
    }
  });
}

/** The lock of a holder whose LOCK already exists: renewed from now on. */
export function holdLock(run: string, holder: LockHolder, clock: LockClock = realClock): Lock {
  const path = join(run, FILES.lock);
  let renewals = 0;
  let taker: LockHolder | undefined;
  const look = (): void => {
    try {
      renewals += 1;
      taker ??= otherHolder(path, {...holder, renewals});
    } catch {
      // A failing disk may be back at the next renewal.
    }
  };
  const end = clock.every(RENEWAL, look);
  return {
    requireHeld() {
      look();
      if (taker) throw new UserError(takenOver(run, taker));
    },
    release() {
      end();
      try {
        if (readLock(path)?.holder?.id === holder.id) rmSync(path);
      } catch {
        // A lock that can't be removed expires.
      }
    },
  };
}

/** Writes the lock again if it is still the holder's. @returns who holds it otherwise */
function otherHolder(path: string, own: LockHolder): LockHolder | undefined {
  const text = lockText(own);
  let file: number;
  try {
    file = openSync(path, 'r+');
  } catch (error) {
    // Removed by hand, or moved aside by a process that is about to put it back.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || placeLock(path, text)) return undefined;
    return otherThan(own, readLock(path)?.holder);
  }
  try {
    // The same file is looked at and written: another one may have taken its name.
    const other = otherThan(own, JSON.parse(readFileSync(file, 'utf8')));
    if (!other) writeSync(file, text, 0);
    return other;
  } finally {
    closeSync(file);
  }
}

function otherThan(own: LockHolder, holder: LockHolder | undefined): LockHolder | undefined {
  return holder?.id === own.id ? undefined : holder;
}

function isHere(holder: LockHolder | undefined): holder is LockHolder {
  return holder?.system === systemId();
}

function isAlive(holder: LockHolder): boolean {
  if (!isRunning(holder.pid)) return false;
  return holder.processStart === null || processStart(holder.pid) === holder.processStart;
}

/**
 * The process that seems to be at work in a run, for a list; undefined: none. One of another system counts as long as its
 * lock is not much older than a lease; that is reported by this machine's clock, which is good enough to look at.
 */
export function lockHolder(run: string): LockHolder | undefined {
  const {holder, writtenAt} = readLock(join(run, FILES.lock)) ?? {};
  if (!holder || writtenAt === undefined) return undefined;
  const isLive = isHere(holder) ? isAlive(holder) : Date.now() - writtenAt < 2 * LEASE;
  return isLive ? holder : undefined;
}

function wordsOf({holder}: FoundLock): string {
  return holder ? `process ${holder.pid} on ${holder.host}` : 'a process that has not yet written its name';
}

function inUse(run: string, kind: string, {pid, host}: LockHolder): string {
  return `${run}: process ${pid} on ${host} is at work in this ${kind}; wait for it, or stop it`;
}

function takenOver(run: string, {pid, host}: LockHolder): string {
  return `${run}: process ${pid} on ${host} has taken this run over, since this one did not renew its lock for ${LEASE / 1000} s; it continues there`;
}
