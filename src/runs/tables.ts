import {appendFileSync, closeSync, existsSync, openSync, readdirSync, writeSync} from 'node:fs';
import {onDisk, readWholeText, writeWhole} from '../support/index.js';
import {type Cell, formatRecord, parseRecords} from './csv.js';

export type Row = {readonly [column: string]: Cell};

/** A table that grows: rows are appended whole, one write each. */
export interface Table {
  /** @returns the line that was written */
  append(row: Row): string;
  close(): void;
}

/**
 * Opens a CSV table for appending. The header is written first; a row with a column that the table has not yet got
 * rewrites it once, with the column at the right.
 * @param columns - of a new table; one that is there keeps its own
 */
export function openTable(path: string, columns: readonly string[]): Table {
  let header = recordsOf(path)[0];
  if (header === undefined) {
    header = [...columns];
    if (header.length > 0) writeWhole(path, formatRecord(header));
  }
  let known = header;
  let file = onDisk(path, () => openSync(path, 'a'));
  return {
    append(row) {
      const added = Object.keys(row).filter((column) => !known.includes(column));
      if (added.length > 0) {
        closeSync(file);
        known = [...known, ...added];
        writeWhole(path, widened(path, known));
        file = openSync(path, 'a');
      }
      const line = formatRecord(known.map((column) => row[column] ?? ''));
      onDisk(path, () => writeSync(file, line));
      return line;
    },
    close: () => closeSync(file),
  };
}

function recordsOf(path: string): string[][] {
  return existsSync(path) ? parseRecords(readWholeText(path), path) : [];
}

/** The table's text with a longer header; its rows get empty cells at the right. */
function widened(path: string, columns: readonly string[]): string {
  const rows = recordsOf(path).slice(1);
  return [columns, ...rows.map((cells) => columns.map((_, i) => cells[i] ?? ''))].map(formatRecord).join('');
}

/**
 * The rows of a CSV table by column, as text; none if there is no such file. A torn last row is left out.
 * @throws UserError naming the line of what is not a row
 */
export function readTable(path: string): {[column: string]: string}[] {
  return rowsOf(recordsOf(path));
}

/** The rows of a table's records by column, as text. */
export function rowsOf([header = [], ...rows]: readonly (readonly string[])[]): {[column: string]: string}[] {
  return rows.map((cells) => Object.fromEntries(header.map((column, i) => [column, cells[i] ?? ''])));
}

/** The names of a run's tables, sorted. */
export function tablesOf(run: string): string[] {
  return readdirSync(run)
    .filter((name) => name.endsWith('.csv'))
    .sort();
}

/** Appends one line of JSON. @returns the line */
export function appendJsonLine(path: string, value: unknown): string {
  const line = `${JSON.stringify(value)}\n`;
  onDisk(path, () => appendFileSync(path, line));
  return line;
}

/** The number of whole lines in a file; 0 if there is none. */
export function countLines(path: string): number {
  return existsSync(path) ? readWholeText(path).split('\n').length - 1 : 0;
}

/** Cuts a file after its first `lines` lines, as a whole: it is written beside and renamed. */
export function cutLines(path: string, lines: number): void {
  if (!existsSync(path)) return;
  const text = readWholeText(path);
  const kept = text.split('\n').slice(0, -1).slice(0, lines);
  const cut = kept.map((row) => `${row}\n`).join('');
  if (cut !== text) writeWhole(path, cut);
}
