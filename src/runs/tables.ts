import {appendFileSync, closeSync, existsSync, openSync, readFileSync, writeSync} from 'node:fs';
import {onDisk, writeWhole} from '../support/index.js';

export type Cell = number | string;
export type Row = {readonly [column: string]: Cell};

/** A table that grows: rows are appended whole, one write each. */
export interface Table {
  append(row: Row): void;
  close(): void;
}

/**
 * Opens a CSV table for appending. The header is written first; a row with a column that the table has not yet got
 * rewrites it once, with the column at the right.
 * @param columns - of a new table; one that is there keeps its own
 */
export function openTable(path: string, columns: readonly string[]): Table {
  let header = existsSync(path) ? headerOf(path) : undefined;
  if (header === undefined) {
    header = [...columns];
    if (header.length > 0) writeWhole(path, `${line(header)}`);
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
      onDisk(path, () => writeSync(file, line(known.map((column) => row[column] ?? ''))));
    },
    close: () => closeSync(file),
  };
}

function headerOf(path: string): string[] | undefined {
  const first = readFileSync(path, 'utf8').split('\n')[0]!;
  return first === '' ? undefined : parseLine(first);
}

/** The table's text with a longer header; its rows get empty cells at the right. */
function widened(path: string, columns: readonly string[]): string {
  const [first = '', ...rows] = readFileSync(path, 'utf8').split('\n');
  const missing = ','.repeat(columns.length - (first === '' ? 0 : parseLine(first).length));
  return line(columns) + rows.map((row) => (row === '' ? '' : `${row}${missing}\n`)).join('');
}

function line(cells: readonly Cell[]): string {
  return `${cells.map(cellText).join(',')}\n`;
}

/** Numbers in full, so that they are read back bit for bit; NaN and infinities as numpy and pandas read them. */
function cellText(cell: Cell): string {
  if (typeof cell === 'number') {
    if (Number.isNaN(cell)) return 'nan';
    return Number.isFinite(cell) ? String(cell) : cell > 0 ? 'inf' : '-inf';
  }
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** The rows of a CSV table by column, as text; none if there is no such file. A torn last line is left out. */
export function readTable(path: string): {[column: string]: string}[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  const [header, ...rows] = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((row) => row !== '')
    .map(parseLine);
  return rows.map((cells) => Object.fromEntries(header!.map((column, i) => [column, cells[i] ?? ''])));
}

/** A number as `openTable` wrote it; an empty cell is NaN. */
export function parseNumber(text: string | undefined): number {
  if (text === undefined || text === '' || text === 'nan') return Number.NaN;
  if (text === 'inf' || text === '-inf') return text === 'inf' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return Number(text);
}

function parseLine(text: string): string[] {
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}

/** Appends one line of JSON. */
export function appendJsonLine(path: string, value: unknown): void {
  onDisk(path, () => appendFileSync(path, `${JSON.stringify(value)}\n`));
}

/** The number of whole lines in a file; 0 if there is none. */
export function countLines(path: string): number {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

/** Cuts a file after its first `lines` lines, as a whole: it is written beside and renamed. */
export function cutLines(path: string, lines: number): void {
  if (!existsSync(path)) return;
  const text = readFileSync(path, 'utf8');
  const kept = text.split('\n').slice(0, -1).slice(0, lines);
  const cut = kept.map((row) => `${row}\n`).join('');
  if (cut !== text) writeWhole(path, cut);
}
