import type {Json} from '../contract/index.js';
import type {Interval} from '../scoring/index.js';
import {count} from '../support/index.js';

/** A table of a score, which each format writes in its own way. */
export interface ScoreTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** A line below it. */
  readonly note?: string;
  /** The column from which on cells are sentences. */
  readonly sentencesFrom?: number;
}

/** What a cell holds in full, and as people read it. */
export interface Cell {
  readonly value: Json;
  readonly text: string;
}

/** A cell without a value. */
export const NOTHING: Cell = {value: null, text: '-'};
/** A value that is shown as it is. */
export const cell = (value: string | number): Cell => ({value, text: String(value)});
/** A text that may be missing. */
export const orNothing = (value: string | null): Cell => (value === null ? NOTHING : cell(value));
/** A number with so many decimals. */
export const decimals = (value: number, digits: number): Cell => ({value, text: value.toFixed(digits)});
/** Names, with spaces between them where they are read by programs. */
export const list = (names: readonly string[]): Cell => ({value: names.join(' '), text: names.join(', ') || '-'});

/** Seconds or steps; nothing where a target was not reached. */
export function timeText(time: number): string {
  if (!Number.isFinite(time)) return '-';
  return Number.isInteger(time) || time >= 1000 ? count(Math.round(time)) : time.toFixed(2);
}

/** A time; without a value where it is infinite. */
export const timeCell = (time: number): Cell => (Number.isFinite(time) ? {value: time, text: timeText(time)} : NOTHING);

/** The ends of an interval; one where they are equal. */
export function range({low, high}: Interval, text: (end: number) => string): string {
  const end = (value: number) => (Number.isFinite(value) ? text(value) : 'inf');
  return low === high ? end(low) : `${end(low)}-${end(high)}`;
}
