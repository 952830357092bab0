import type {Json} from '../contract/index.js';
import {spreadsheetText} from '../export/index.js';
import {formatRecord} from '../runs/index.js';
import {printable} from '../support/index.js';

/**
 * A table as CSV: numbers in full, nothing for null, lists as JSON. A text that a spreadsheet would take for a formula gets a
 * `'` before it; control characters are spelled out.
 */
export function csvText(columns: readonly string[], rows: readonly (readonly Json[])[]): string {
  return [columns, ...rows].map((row) => formatRecord(row.map(cellOf))).join('');
}

function cellOf(value: Json): string | number {
  if (value === null) return '';
  if (typeof value === 'number') return value;
  return spreadsheetText(printable(typeof value === 'string' ? value : JSON.stringify(value)));
}
