import {printable, printableLines} from '../support/index.js';

const FIGURE = /^(-|-?\d[\d,]*(\.\d+)?[*†]*)$/;
const GAP = '  ';

/**
 * Rows as aligned columns under a header; columns of figures alone (`7,813`, `0.9750`, `12*`, `-`) to the right, their marks beyond
 * the digits, but for the first one, which names the rows. Without rows, the header alone. Control characters in cells are spelled out.
 */
export function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = [columns, ...rows].map((row) => row.map((cell) => printable(String(cell))));
  const isNumeric = numericColumns(texts);
  const cells = hanging(texts, isNumeric);
  const widths = widthsOf(texts);
  return cells
    .map((row) =>
      row
        .map((text, i) => (isNumeric[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

type Texts = readonly (readonly string[])[];

/** Which columns have figures alone under their header. */
function numericColumns([header, ...body]: Texts): boolean[] {
  return header!.map((_, i) => i > 0 && body.length > 0 && body.every((row) => FIGURE.test(row[i]!)));
}

/** With room behind figures that have fewer marks than others of their column. */
function hanging(texts: Texts, isNumeric: readonly boolean[]): Texts {
  const marks = isNumeric.map((is, i) => (is ? Math.max(...texts.map((row) => marksOf(row[i]!))) : 0));
  return texts.map((row) => row.map((text, i) => text + ' '.repeat(Math.max(0, marks[i]! - marksOf(text)))));
}

/** How many marks a figure ends with. */
function marksOf(figure: string): number {
  return /[*†]*$/.exec(figure)![0].length;
}

/** Of the columns of a table with these cells, the header's first. */
function widthsOf(texts: Texts): number[] {
  const cells = hanging(texts, numericColumns(texts));
  return cells[0]!.map((_, i) => cells.reduce((width, row) => Math.max(width, row[i]!.length), 0));
}

/** A table's columns, by the names of what they show. */
export interface NamedTable {
  readonly names: readonly string[];
  readonly headers: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Characters that a cell keeps at least where a terminal is too narrow. */
const LEAST_CELL = 12;

/**
 * A table as wide as a terminal at most: without the least needed columns, as far as that is necessary, and then with the
 * longest cells cut in their middle.
 * @param width - of the terminal in characters; undefined: no limit
 * @param leastNeeded - names of columns that may be left out, the first to go first
 */
export function fittedTable(wide: NamedTable, width: number | undefined, leastNeeded: readonly string[]): string {
  const whole: NamedTable = {...wide, rows: wide.rows.map((row) => row.map(printable))};
  if (width === undefined) return table(whole.headers, whole.rows);
  const narrowed = leastNeeded.reduce((now, name) => (widthOf(now) > width ? withoutColumn(now, name) : now), whole);
  const excess = widthOf(narrowed) - width;
  return excess <= 0 ? table(narrowed.headers, narrowed.rows) : cutTable(narrowed, excess);
}

function widthOf({headers, rows}: NamedTable): number {
  const widths = widthsOf([headers, ...rows]);
  return widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
}

function withoutColumn({names, headers, rows}: NamedTable, name: string): NamedTable {
  const isKept = (_: unknown, i: number): boolean => names[i] !== name;
  return {names: names.filter(isKept), headers: headers.filter(isKept), rows: rows.map((row) => row.filter(isKept))};
}

function cutTable({headers, rows}: NamedTable, excess: number): string {
  const widths = widthsOf([headers, ...rows]);
  const widest = widths.indexOf(Math.max(...widths));
  const to = Math.max(LEAST_CELL, widths[widest]! - excess);
  const cut = (row: readonly string[]) => row.map((text, i) => (i === widest ? shortened(text, to) : text));
  return table(cut(headers), rows.map(cut));
}

/** A text of at most `length` characters, cut in its middle: what differs between names is most often their end. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const start = Math.floor((length - 1) / 3);
  return `${text.slice(0, start)}…${text.slice(text.length - (length - 1 - start))}`;
}

/** Width of the terminal that a result is printed to; undefined: it goes elsewhere, and nothing is cut. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns || 80 : undefined;
}

/** Prints a result: one JSON value for scripts, or text. */
export function print(value: unknown, text: () => string, json = false): void {
  process.stdout.write(printed(value, text, json));
}

/** What {@link print} prints; control characters, as in the names of folders, are spelled out. */
export function printed(value: unknown, text: () => string, json = false): string {
  return `${json ? printableJson(value) : printableLines(text())}\n`;
}

/** JSON whose texts a terminal shows as they are: JSON itself lets some control characters stand. */
function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).split('\n').map(printable).join('\n');
}

/** A list of many values as {@link print} prints it in JSON, value by value, each made when it is asked for. */
export function* jsonList<T>(values: Iterable<T>, objectOf: (value: T) => object): Generator<string> {
  let before = '[\n  ';
  for (const value of values) {
    yield `${before}${printableJson(objectOf(value)).replaceAll('\n', '\n  ')}`;
    before = ',\n  ';
  }
  yield before.startsWith('[') ? '[]\n' : '\n]\n';
}
