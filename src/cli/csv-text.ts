import type {Json} from '../contract/index.js';
import {spreadsheetText} from '../export/index.js';
import {formatRecord} from '../runs/index.js';
import {printable} from '../support/index.js';

/**
 * A table as CSV: numbers in full, nothing for null, lists as JSON. A text that a spreadsheet would take for a formula gets a
 * `'` before it; control characters are spelled out.
 */
export function csvText(columns: readonly string[], rows: readonly (readonly Json[])[]): string {
  return [...csvRecords(columns, rows, (row) => row)].join('');
}

/** The lines of {@link csvText}, each made when it is asked for, for tables that are long. */
export function* csvRecords<T>(
  columns: readonly string[],
  rows: Iterable<T>,
  cellsOf: (row: T) => readonly Json[],
): Generator<string> {
  yield formatRecord(columns.map(cellOf));
  for (const row of rows) yield formatRecord(cellsOf(row).map(cellOf));
}

function cellOf(value: Json): string | number {
  if (value === null) return '';
  if (typeof value === 'number') return value;
  return spreadsheetText(printable(typeof value === 'string' ? value : JSON.stringify(value)));
}
