import {dirname, relative, sep} from 'node:path';
import {fileURLToPath} from 'node:url';
import {formatPlace, type Place, placeOfLine, sourceStack} from '../../support/index.js';

/** The engine's own folder: its lines are not the user's. */
const ENGINE = dirname(dirname(fileURLToPath(import.meta.url))) + sep;

/** The length of recorded stacks: tfjs has up to thirty frames between an operation and its caller. */
const FRAMES = 80;

/** Calls `run` with stacks long enough to show the caller of an operation. */
export function withLongStacks<T>(run: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** The innermost line of a stack that is neither the engine's, a library's nor Node's. */
export function userPlace(stack: string): Place | undefined {
  for (const line of stack.split('\n')) {
    const place = placeOfLine(line);
    if (!place || place.file.startsWith(ENGINE) || place.file.includes(`${sep}node_modules${sep}`)) continue;
    return place;
  }
  return undefined;
}

/** {@link prefixOf} the user's line; empty if no line of the user's is in the stack. */
export function placePrefix(error: Error): string {
  return prefixOf(userPlace(sourceStack(error)));
}

/** `place: ` with the file's path from the current folder where that is shorter; empty for none. */
export function prefixOf(place: Place | undefined): string {
  if (!place) return '';
  const fromHere = relative(process.cwd(), place.file);
  return `${formatPlace({...place, file: fromHere.startsWith('..') ? place.file : fromHere})}: `;
}
