import {withDataFile} from '../../src/data/index.js';
import {UserError} from '../../src/support/index.js';

/** What a table's numbers have to be. */
export interface TableForm {
  /** Numbers in a line. */
  readonly columns: number;
  /** The largest number; all are integers from 0 on. */
  readonly most: number;
  /** What an empty cell (or `nan`) is; absent: there must be none. */
  readonly empty?: number;
  /** How many lines there must be; default: as many as there are. */
  readonly lines?: number;
}

const [NEWLINE, COMMA, RETURN, POINT, ZERO] = [10, 44, 13, 46, 48];

/** Numbers of a table, in the smallest form that holds them. */
export type TableNumbers = Uint8Array | Uint16Array | Int32Array;

function memoryFor(most: number, length: number): TableNumbers {
  if (most <= 255) return new Uint8Array(length);
  return most <= 65_535 ? new Uint16Array(length) : new Int32Array(length);
}

/** A table as it is read. */
interface Reading {
  readonly path: string;
  readonly form: TableForm;
  values: TableNumbers;
  length: number;
  line: number;
  column: number;
}

/**
 * Reads a table of integers, packed or not, of any length: lines of numbers with commas between, without a header. An integer may be
 * written `1.0`.
 * @returns line after line: [lines, columns]
 * @throws UserError naming file and line, if a number is not of the form, or the file is cut or too long
 */
export async function readTable(path: string, form: TableForm): Promise<TableNumbers> {
  const reading: Reading = {path, form, values: memoryFor(form.most, 1024), length: 0, line: 1, column: 0};
  await withDataFile(path, async ({pieces}) => {
    let rest = Buffer.alloc(0);
    for await (const piece of pieces()) {
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      rest = Buffer.from(bytes.subarray(takeCells(reading, bytes)));
    }
    if (rest.length > 0 || reading.column > 0) takeCells(reading, Buffer.concat([rest, Buffer.of(NEWLINE)]));
  });
  const lines = reading.length / form.columns;
  if (form.lines !== undefined && lines !== form.lines)
    throw new UserError(`${path}: must have ${form.lines} lines, found ${lines}; is the file cut, or of another set?`);
  return reading.values.subarray(0, reading.length);
}

/** Takes the whole cells of some bytes. @returns where the last one, which may go on, begins */
function takeCells(reading: Reading, bytes: Buffer): number {
  let begin = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte !== COMMA && byte !== NEWLINE) continue;
    addCell(reading, bytes, begin, at > begin && bytes[at - 1] === RETURN ? at - 1 : at);
    if (byte === NEWLINE) endLine(reading);
    begin = at + 1;
  }
  return begin;
}

function addCell(reading: Reading, bytes: Buffer, begin: number, end: number): void {
  if (reading.length === reading.values.length) {
    const larger = memoryFor(reading.form.most, 2 * reading.length);
    larger.set(reading.values);
    reading.values = larger;
  }
  reading.values[reading.length++] = numberOf(reading, bytes, begin, end);
  reading.column += 1;
}

function numberOf({path, form, line}: Reading, bytes: Buffer, begin: number, end: number): number {
  let [value, at] = [0, begin];
  for (; at < end && bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9; at++) value = 10 * value + bytes[at]! - ZERO;
  const isInteger = at > begin && (at === end || isZeroFraction(bytes, at, end));
  if (isInteger && value <= form.most) return value;
  const text = bytes.toString('latin1', begin, end);
  if (form.empty !== undefined && /^(nan)?$/i.test(text)) return form.empty;
  throw new UserError(
    `${path}:${line}: numbers must be integers from 0 to ${form.most}${form.empty === undefined ? '' : ' or empty'}, found '${text.slice(0, 40)}'`,
  );
}

/** Whether the rest of a number is `.0`, with any number of zeros. */
function isZeroFraction(bytes: Buffer, at: number, end: number): boolean {
  if (bytes[at] !== POINT) return false;
  for (let i = at + 1; i < end; i++) if (bytes[i] !== ZERO) return false;
  return true;
}

function endLine(reading: Reading): void {
  const {path, form, line, column} = reading;
  if (column !== form.columns)
    throw new UserError(`${path}:${line}: a line must have ${form.columns} numbers, found ${column}`);
  reading.line += 1;
  reading.column = 0;
}
