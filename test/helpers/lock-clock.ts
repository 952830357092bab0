import {utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {LockClock} from '../../src/runs/index.js';
import {type LockHolder, lockText, newHolder} from '../../src/runs/lock-file.js';

/** A clock that advances when something sleeps. @param onSleep - called with the time after each sleep, in milliseconds */
export function fakeClock(onSleep: (now: number) => unknown = () => {}): LockClock & {readonly renew: () => void} {
  let now = 0;
  const works = new Set<() => void>();
  return {
    now: () => now,
    async sleep(milliseconds) {
      now += milliseconds;
      onSleep(now);
    },
    every(_, work) {
      works.add(work);
      return () => void works.delete(work);
    },
    renew: () => {
      for (const work of works) work();
    },
  };
}

/** A holder that can't be asked from here. */
export const elsewhere: LockHolder = {...newHolder(), id: 'theirs', pid: 1, host: 'elsewhere', system: 'another'};
/** Puts the lock of a machine that is gone in a folder. */
export function putStaleLock(folder: string): void {
  const lock = join(folder, 'LOCK');
  writeFileSync(lock, lockText(elsewhere));
  const old = Date.now() / 1000 - 300;
  utimesSync(lock, old, old);
}
