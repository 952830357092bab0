import fs, {constants, existsSync, readdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';
import {dirname, join} from 'node:path';
import {lockText} from '../../src/runs/lock-file.js';
import {filesBelow} from './cli.js';

/** The functions of `node:fs` by which the tool changes what is on the disk. */
const CHANGES = [
  'writeSync',
  'writeFileSync',
  'appendFileSync',
  'openSync',
  'mkdirSync',
  'renameSync',
  'linkSync',
  'rmSync',
] as const;

/** No process has it. */
const DEAD = 2 ** 22 - 3;

type Change = (...args: unknown[]) => unknown;

const functions = fs as unknown as {[name: string]: Change};

/**
 * Does work as a process that is killed at its n-th change of the disk: of a string that was being written half is there, and
 * nothing changes any more, whatever the work still does.
 * @returns how many changes there were; `crashed` if the work did not come to its end
 */
export async function crashAt(n: number, work: () => Promise<unknown>): Promise<{changes: number; crashed: boolean}> {
  const own = CHANGES.map((name) => [name, functions[name]!] as const);
  let changes = 0;
  // One change may be made of others: those within it are not counted.
  let depth = 0;
  for (const [name, change] of own) {
    functions[name] = (...args) => {
      if (depth > 0 || (name === 'openSync' && isReading(args[1]))) return change(...args);
      if (++changes >= n) {
        if (changes === n && name.includes('write')) change(args[0], ...firstHalf(args.slice(1)));
        throw new Error(`crashed at change ${n}`);
      }
      depth += 1;
      try {
        return change(...args);
      } finally {
        depth -= 1;
      }
    };
  }
  syncBuiltinESMExports();
  try {
    await work();
    return {changes, crashed: changes >= n};
  } catch (error) {
    if (changes < n) throw error;
    return {changes, crashed: true};
  } finally {
    for (const [name, change] of own) functions[name] = change;
    syncBuiltinESMExports();
  }
}

function firstHalf([content, at, ...rest]: unknown[]): unknown[] {
  if (typeof content === 'string') return [content.slice(0, content.length / 2), at, ...rest];
  const bytes = content as Uint8Array;
  const from = Number(at ?? 0);
  return [bytes.subarray(from, from + (bytes.length - from) / 2)];
}

/** Leaves a folder as if this process, which has crashed there, were no more: its lock and its temporary files are a dead one's. */
export function buryProcess(folder: string): void {
  const ending = `.${process.pid}.tmp`;
  const entries = readdirSync(folder, {recursive: true, withFileTypes: true});
  // The innermost first.
  for (const {parentPath, name} of entries.reverse())
    if (name.endsWith(ending))
      renameSync(join(parentPath, name), join(parentPath, name.replace(ending, `.${DEAD}.tmp`)));
  for (const file of filesBelow(folder).map((name) => join(folder, name))) {
    if (!file.endsWith('/LOCK') || dirname(file).endsWith('.tmp') || !existsSync(file)) continue;
    writeFileSync(file, lockText({...JSON.parse(readFileSync(file, 'utf8')), pid: DEAD}));
  }
}

/** Whether a file is opened in a way that changes nothing. */
function isReading(flags: unknown = 'r'): boolean {
  return typeof flags === 'number' ? (flags & (constants.O_WRONLY | constants.O_RDWR)) === 0 : flags === 'r';
}
