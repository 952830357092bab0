import {existsSync} from 'node:fs';
import {basename} from 'node:path';
import {counted, readWholeText} from '../support/index.js';
import {parseNumber, parseRecords} from './csv.js';
import {rowsOf} from './tables.js';

/** A run's table, and what of it is not as a run writes it. */
export interface CheckedTable {
  readonly rows: readonly {readonly [column: string]: string}[];
  /** In words, with the line; null: nothing is known of. */
  readonly damage: string | null;
  /** Whether its last row is cut off, as a process that was killed leaves it; that row is left out. */
  readonly isTorn: boolean;
}

/**
 * Reads a run's table, which has a column `global_step` and rows as long as its header; none if there is no such file. Never throws
 * for what is in the file.
 */
export function readCheckedTable(path: string): CheckedTable {
  try {
    const text = existsSync(path) ? readWholeText(path) : '';
    const records = parseRecords(text, path);
    return {
      rows: rowsOf(records),
      damage: existsSync(path) ? damageOf(records, basename(path)) : null,
      isTorn: text !== '' && !text.endsWith('\n'),
    };
  } catch (error) {
    return {rows: [], damage: `${basename(path)} can't be read (${(error as Error).message})`, isTorn: false};
  }
}

function damageOf([header, ...rows]: readonly (readonly string[])[], file: string): string | null {
  if (header === undefined) return `${file} is empty, or its header is cut off`;
  const step = header.indexOf('global_step');
  if (step < 0) return `${file}:1: its header has no column global_step`;
  const isRow = (cells: readonly string[]) =>
    cells.length === header.length && Number.isFinite(parseNumber(cells[step]));
  const wrong = rows.findIndex((cells) => !isRow(cells));
  if (wrong < 0) return null;
  const cells = rows[wrong]!;
  // The header is line 1.
  const at = `${file}:${wrong + 2}`;
  return cells.length === header.length
    ? `${at}: global_step must be a number, found '${cells[step]}'`
    : `${at}: the row has ${counted(cells.length, 'cell')}, and the header ${header.length}`;
}
