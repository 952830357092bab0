import {existsSync} from 'node:fs';
import {contentsInWords} from '../support/index.js';
import type {UnreadableFolder} from './find-folders.js';

/** How runs lie below a folder of experiments. */
const FORM = '<experiment>/[study_k/]<workload>_tfjs/trial_n';

/** Folders that can't be read and are named in a message. */
const MOST_NAMED = 3;

/**
 * That a folder has no runs, in words: what was looked for there, and what was found.
 * @param others - what else is looked for below it
 */
export function noRunsIn(folder: string, unreadable: readonly UnreadableFolder[] = [], others = ''): string {
  const none = `there are no runs in ${folder}`;
  if (!existsSync(folder)) return `${none}: ${contentsInWords(folder)}`;
  return `${none}; ${lookedFor(folder, `${FORM}${others}`)}${unreadableInWords(unreadable)}`;
}

/** What was looked for in a folder without runs, and what was found. @param form - of the runs' places below it */
export function lookedFor(folder: string, form: string = FORM): string {
  return `they are looked for as ${form}; ${contentsInWords(folder)}`;
}

/** The folders that can't be read, as the end of a message; nothing where there are none. */
export function unreadableInWords(folders: readonly UnreadableFolder[]): string {
  const lines = folders.slice(0, MOST_NAMED).map(({path, reason}) => `\n  ${path}: ${reason}`);
  const left = folders.length - lines.length;
  return [...lines, ...(left > 0 ? [`\n  and ${left} more that can't be read`] : [])].join('');
}
