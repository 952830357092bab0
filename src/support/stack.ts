import {findSourceMap} from 'node:module';
import {sep} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describeValue} from './describe-value.js';
import type {Place} from './errors.js';

const FRAME = /(file:\/\/[^\s()?]+)(\?[^\s()]*)?:(\d+):(\d+)/g;

/** A line of a stack that has a place. */
const PLACED = /[ (]((?:file:\/\/)?\/[^():]+):(\d+):(\d+)\)?$/;

/** Where this package's own code lies. */
const OWN = ['../', '../../workloads/', '../../../bin/'].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url)),
);

/** Lines of a user's stack that are shown: an endless recursion has many. */
const MOST_LINES = 10;

/**
 * Calls `run` in such a way that {@link sourceStack} knows the source maps of the modules that it loads. Only then: the maps of
 * all packages that an engine loads would cost a tenth of a second and 40 MB.
 */
export async function keepingSourceMaps<T>(run: () => Promise<T>): Promise<T> {
  const before = areStacksMapped();
  process.setSourceMapsEnabled(true);
  try {
    return await run();
  } finally {
    process.setSourceMapsEnabled(before);
  }
}

/** An error's stack with the lines and columns of what was written, where modules were transpiled; its message without one. */
export function sourceStack({stack, message}: Error): string {
  if (stack === undefined || areStacksMapped()) return stack ?? message;
  return stack.replace(FRAME, (_, url: string, query = '', line: string, column: string) => {
    const origin = findSourceMap(url + query)?.findOrigin(Number(line), Number(column));
    return origin && 'lineNumber' in origin
      ? `${url}:${origin.lineNumber}:${origin.columnNumber}`
      : `${url}:${line}:${column}`;
  });
}

/** The place in a line of a stack, or undefined. */
export function placeOfLine(line: string): Place | undefined {
  const match = PLACED.exec(line.trimEnd());
  if (!match) return undefined;
  const file = match[1]!.startsWith('file:') ? fileURLToPath(match[1]!) : match[1]!;
  return {file, line: Number(match[2]), column: Number(match[3])};
}

/** The lines of an error's stack that are the user's: not this package's, another's, or Node's. The innermost is the first. */
export function userLines(error: Error): string[] {
  const lines = sourceStack(error).split('\n').filter(isFrame);
  return lines.filter((line) => isOfUser(placeOfLine(line)?.file)).slice(0, MOST_LINES);
}

/** The innermost place in user code that an error came from, or undefined. */
export function userPlace(error: Error): Place | undefined {
  return userLines(error).map(placeOfLine).find(Boolean);
}

/** What an error says, with those lines of its stack that are the user's. */
export function userStack(error: Error): string {
  const lines = sourceStack(error)
    .split('\n')
    .filter((line) => !isFrame(line));
  return [...lines, ...(isFrozenWrite(error) ? [FROZEN] : []), ...userLines(error)].join('\n');
}

const FROZEN = "(what a submission receives is read-only, and so are JavaScript's built-ins)";

/** Whether it was thrown because a part of an object that can't be changed was to be changed. */
export function isFrozenWrite(error: Error): boolean {
  return (
    error instanceof TypeError &&
    /read.?only|not extensible|has only a getter|Cannot (delete|redefine)/.test(error.message)
  );
}

/** What a user's function threw, as text; it may be any value. */
export function thrownText(thrown: unknown): string {
  return thrown instanceof Error ? userStack(thrown) : `it throws ${describeValue(thrown)}`;
}

/** Whether an error comes through this package's code, and not through the user's. */
export function isOwn(error: Error): boolean {
  if (userLines(error).length > 0) return false;
  return sourceStack(error)
    .split('\n')
    .some((line) => OWN.some((folder) => placeOfLine(line)?.file.startsWith(folder)));
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}

function isOfUser(file: string | undefined): boolean {
  if (file === undefined || file.includes(`${sep}node_modules${sep}`)) return false;
  return !OWN.some((folder) => file.startsWith(folder));
}

/** Whether Node maps stacks itself, as with --enable-source-maps. */
function areStacksMapped(): boolean {
  return (process as {sourceMapsEnabled?: boolean}).sourceMapsEnabled ?? false;
}
