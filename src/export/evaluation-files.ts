import type {parquetWriteBuffer} from 'hyparquet-writer';
import {formatRecord, type RunSummary} from '../runs/index.js';
import {writeWhole} from '../support/index.js';
import type {Exported} from './each-run.js';
import {type EvaluationColumn, evaluationTable} from './evaluation-table.js';
import {spreadsheetText} from './spreadsheet-text.js';

/**
 * Writes all evaluations of the runs as one CSV file; see {@link evaluationTable}. A text that a spreadsheet would take for a formula
 * gets a `'` before it.
 * @throws UserError if it can't be written
 */
export function exportCsv(runs: readonly RunSummary[], file: string): Exported {
  const {columns, ...counts} = evaluationTable(runs);
  const header = columns.map(({name}) => spreadsheetText(name));
  const rows = Array.from({length: counts.evaluations}, (_, row) => columns.map((column) => cellText(column, row)));
  writeWhole(file, [header, ...rows].map(formatRecord).join(''));
  return {to: file, ...counts};
}

function cellText({values}: EvaluationColumn, row: number): string | number {
  const value = values[row] ?? '';
  return typeof value === 'string' ? spreadsheetText(value) : value;
}

/**
 * Writes all evaluations of the runs as one Parquet file; see {@link evaluationTable}: strings, int64 and double, with nulls.
 * @throws UserError if it can't be written
 */
export async function exportParquet(runs: readonly RunSummary[], file: string): Promise<Exported> {
  const {columns, ...counts} = evaluationTable(runs);
  const {parquetWriteBuffer} = await import('hyparquet-writer');
  const bytes = parquetWriteBuffer({columnData: columns.map(parquetColumn), createdBy: 'algoperf-ts'});
  writeWhole(file, new Uint8Array(bytes));
  return {to: file, ...counts};
}

type ParquetColumn = Parameters<typeof parquetWriteBuffer>[0]['columnData'][number];

function parquetColumn({name, type, values}: EvaluationColumn): ParquetColumn {
  if (type === 'text') return {name, type: 'STRING', nullable: true, data: [...values]};
  if (type === 'number') return {name, type: 'DOUBLE', nullable: true, data: [...values]};
  return {name, type: 'INT64', nullable: true, data: values.map((value) => (value === null ? null : BigInt(value)))};
}
