import {createRequire} from 'node:module';
import type * as CsvParse from 'csv-parse/sync';
import type * as CsvStringify from 'csv-stringify/sync';
import {UserError} from '../support/index.js';

const require = createRequire(import.meta.url);

export type Cell = number | string;

/**
 * One record of a CSV file (RFC 4180) with its line break. Numbers stand in full, so that they are read back bit for bit; NaN
 * and infinities as numpy and pandas read them.
 */
export function formatRecord(cells: readonly Cell[]): string {
  // Required with the first row: most commands write none.
  const {stringify} = require('csv-stringify/sync') as typeof CsvStringify;
  return stringify([cells.map(cellText)], {quoted_match: /\r/});
}

function cellText(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  if (Number.isNaN(cell)) return 'nan';
  return Number.isFinite(cell) ? String(cell) : cell > 0 ? 'inf' : '-inf';
}

/**
 * The records of a CSV text, with its header first; empty lines are passed over, and so is a last record that is torn, as a
 * process that was killed leaves it.
 * @param path - the file it was read from, for the message
 * @throws UserError naming the line of what is not a record
 */
export function parseRecords(text: string, path: string): string[][] {
  if (!/["\r]/.test(text)) return plainRecords(text);
  const {parse} = require('csv-parse/sync') as typeof CsvParse;
  try {
    return parse(wholeRecords(text), {bom: true, relax_column_count: true, skip_empty_lines: true});
  } catch (cause) {
    const {lines, message} = cause as Error & {lines?: number};
    throw new UserError(`${path}:${lines ?? 1}: the table is damaged: ${withoutValue(message)}`, {cause});
  }
}

/** The parser's message without the cell it ends with, which may be of any length. */
function withoutValue(message: string): string {
  return message.replace(/, value is .*/s, '');
}

/** Records of a text without quotes, many times as fast as the parser reads them. */
function plainRecords(text: string): string[][] {
  const lines = text.slice(text.startsWith('\ufeff') ? 1 : 0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => line.split(','));
}

/** A record ends at a line break outside of quotes. */
function wholeRecords(text: string): string {
  let isQuoted = false;
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') isQuoted = !isQuoted;
    else if (text[at] === '\n' && !isQuoted) end = at + 1;
  }
  return text.slice(0, end);
}

/** A number as {@link formatRecord} writes it; `nan`, an empty cell and one that is not there are NaN. */
export function parseNumber(text: string | undefined): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  if (text === '-inf') return Number.NEGATIVE_INFINITY;
  return text?.trim() === '' ? Number.NaN : Number(text);
}
