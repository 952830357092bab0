import {marked, NOT_OFFICIAL_NOTE} from '../scoring/index.js';

/** Whose time is shown, and whether it counts as official; null: there is no result that says so. */
export interface Timed {
  readonly seconds: number | null | undefined;
  readonly official: boolean | null;
}

/** The seconds to a target as a cell, marked where they are not official: `12.34`, `12.34†`; `-` without them. */
export function secondsCell({seconds, official}: Timed): string {
  return typeof seconds === 'number' ? marked(seconds.toFixed(2), official) : '-';
}

/** A table with the meaning of the mark below it, if a figure in it has one. */
export function withMarkNote(text: string): string {
  return /[\d\]]†( |$)/m.test(text) ? `${text}\n${NOT_OFFICIAL_NOTE}` : text;
}
