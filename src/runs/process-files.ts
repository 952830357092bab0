import {readdirSync} from 'node:fs';
import type {Json} from '../contract/index.js';
import {numbered} from './layout.js';
import {readMapping} from './settings.js';

/** A file that a process of a run has left: what it was started with, or what it ran and on what. */
export interface ProcessFile {
  /** `flags_0.json` */
  readonly name: string;
  /** Null where it can't be read. */
  readonly content: {readonly [key: string]: Json} | null;
}

type Kind = 'meta_data' | 'flags';

/** The names of the files of one kind that a run's processes have left, the first one's first. */
export function processFileNames(run: string, kind: Kind): string[] {
  const counts = readdirSync(run).flatMap((name) => name.match(`^${kind}_(\\d+)\\.json$`)?.[1] ?? []);
  return counts
    .map(Number)
    .sort((a, b) => a - b)
    .map((count) => numbered(kind, count));
}

/** Those files, with what they hold. */
export function readProcessFiles(run: string, kind: Kind): ProcessFile[] {
  return processFileNames(run, kind).map((name) => ({name, content: readMapping(run, name)}));
}
