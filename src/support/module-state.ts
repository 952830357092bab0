import {fileURLToPath} from 'node:url';
import {isMainThread} from 'node:worker_threads';
import type {KnownCodes} from './known-code.js';
import {type LoadedPart, noteLoaded} from './loaded-code.js';

/** What this thread knows of users' modules. */

/** This package's own files, compiled. */
export const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

/** Code of which nothing may be loaded but what was loaded of it before. */
let known: KnownCodes = {codes: [], isAll: false};

/** What may be loaded: for threads, which have to be told by `setKnown`. */
export function knownCodes(): KnownCodes {
  return known;
}

export function keepKnown(codes: KnownCodes): void {
  known = codes;
}

/** What this thread has loaded, as far as the main one has not been told. */
const unsent: LoadedPart[] = [];

export function note(part: LoadedPart): void {
  noteLoaded(part);
  if (!isMainThread) unsent.push(part);
}

/** Those parts, which the main thread is then told. */
export function takeUnsent(): LoadedPart[] {
  return unsent.splice(0);
}

/** What the tool itself has required, such as the addon of an engine. */
const toolsFiles = new Set<string>();

export function noteToolsFile(file: string): void {
  toolsFiles.add(file);
}

/** Whether a file is the user's own: no package's, and not the tool's. */
export function isUsers(file: string): boolean {
  if (toolsFiles.has(file)) return false;
  return !file.split(/[\\/]/).includes('node_modules') && !file.startsWith(PACKAGE);
}
