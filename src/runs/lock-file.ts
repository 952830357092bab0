import {randomUUID} from 'node:crypto';
import {closeSync, fstatSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {onDisk} from '../support/index.js';
import {processStart, systemId} from './processes.js';

/** Who works in a folder. */
export interface LockHolder {
  /** Drawn when the lock was taken. */
  readonly id: string;
  readonly pid: number;
  /** For people: what tells systems apart is `system`. */
  readonly host: string;
  readonly system: string;
  /** When the process began, in the system's own units: a process id may be given out again. null if unknown. */
  readonly processStart: string | null;
  /** How often the holder has renewed it. */
  readonly renewals: number;
}

/** This process, as a new holder. */
export function newHolder(): LockHolder {
  const {pid} = process;
  return {id: randomUUID(), pid, host: hostname(), system: systemId(), processStart: processStart(pid), renewals: 0};
}

/** What the LOCK of a holder says. */
export function lockText(holder: LockHolder): string {
  return `${JSON.stringify(holder)}\n`;
}

/** An existing lock. */
export interface FoundLock {
  readonly text: string;
  /** Undefined: the text is torn, or of another kind. */
  readonly holder: LockHolder | undefined;
  /** When it was last written, in milliseconds by the file system's clock. */
  readonly writtenAt: number;
}

/** @returns undefined if there is no lock, or none that can be read */
export function readLock(path: string): FoundLock | undefined {
  try {
    // Opened, not looked up by name: a network file system then revalidates its cached attributes.
    const file = openSync(path, 'r');
    try {
      const text = readFileSync(file, 'utf8');
      return {text, holder: holderOf(text), writtenAt: fstatSync(file).mtimeMs};
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

function holderOf(text: string): LockHolder | undefined {
  try {
    const holder: Partial<LockHolder> = Object(JSON.parse(text));
    const {id, pid, host, system, processStart, renewals} = holder;
    const areTexts = [id, host, system].every((part) => typeof part === 'string');
    const isProcess = Number.isSafeInteger(pid) && pid! > 0;
    const hasStart = typeof processStart === 'string' || processStart === null;
    return areTexts && isProcess && hasStart && typeof renewals === 'number' ? (holder as LockHolder) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Makes the lock, unless there is one: of several processes one succeeds. It appears whole where the file system has hard
 * links; elsewhere it is created exclusively, and for a moment empty.
 * @returns whether the lock has that text
 */
export function placeLock(path: string, text: string): boolean {
  const beside = `${path}.${process.pid}.tmp`;
  return onDisk(path, () => {
    writeFileSync(beside, text);
    try {
      linkSync(beside, path);
      return true;
    } catch {
      return createLock(path, text);
    } finally {
      rmSync(beside, {force: true});
    }
  });
}

function createLock(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, {flag: 'wx'});
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // A network file system may have made the link and lost the reply.
    return readLock(path)?.text === text;
  }
}

/**
 * Removes a lock, if it is still the one that was found. It is moved aside first, which only one of two processes can do;
 * should another have taken the lock in between, what was moved is its live lock, and goes back.
 */
export function removeLock(path: string, found: FoundLock): void {
  const aside = `${path}.stale.${process.pid}.tmp`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    onDisk(path, () => {
      throw error;
    });
  }
  const moved = readLock(aside);
  if (moved && moved.text !== found.text) placeLock(path, moved.text);
  rmSync(aside, {force: true});
}
