import type {Scored, VerifiedCount} from '../pool/index.js';
import {count, printable, UserError} from '../support/index.js';
import {csvText} from './csv-text.js';
import type {ScoreTable} from './score-cells.js';
import {defaultTables, SCORE_TABLES, SHOWN_TABLES, type TableName} from './score-tables.js';
import {table} from './table.js';

/** Forms that a score is printed in. */
export const FORMATS = ['table', 'csv', 'json', 'md', 'latex'] as const;

/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** How a score is printed. */
export interface FormatOptions {
  readonly format: Format;
  /** Default: those that hold something; as CSV the scores. */
  readonly tables: readonly TableName[] | undefined;
  /** Of the terminal; undefined: no limit. */
  readonly width: number | undefined;
}

/**
 * A score as text, with its line break. Names come out as text in every format.
 * @throws UserError if several tables are asked for as CSV
 */
export function scoreText(scored: Scored, {format, tables, width}: FormatOptions): string {
  if (format === 'json') return `${JSON.stringify(scored, finite, 2).split('\n').map(printable).join('\n')}\n`;
  if (format === 'csv') return csvOf((tables ?? (['scores'] as const)).map((name) => SCORE_TABLES[name](scored)));
  const made = (names: readonly TableName[]) => names.map((name) => SHOWN_TABLES[name](scored));
  const shown = tables ? made(tables) : made(defaultTables(scored)).filter(({rows}) => rows.length > 0);
  if (format === 'md')
    return `${[poolLines(scored).map(markdown).join('  \n'), ...shown.map(markdownOf)].join('\n\n')}\n`;
  if (format === 'latex')
    return `${[
      poolLines(scored)
        .map((line) => `% ${printable(line)}`)
        .join('\n'),
      ...shown.map(latexOf),
    ].join('\n\n')}\n`;
  return `${[poolLines(scored).map(printable).join('\n'), ...shown.map((each) => plainOf(each, width))].join('\n\n')}\n`;
}

/** JSON has no infinity: a time that is infinite is null. */
function finite(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}

const RULES = {
  written: 'the written rules',
  '0.6': "AlgoPerf's code of v0.6",
  '1.0': "AlgoPerf's code of v1.0",
} as const;

/** What a score is of, and only good for. */
function poolLines({pool, rules, by, numStudies, reference, targets, verified, noIntervals}: Scored): string[] {
  const sources = [...new Set(Object.values(targets).map(({source}) => source))];
  const from = sources.map((source) => ({workload: 'the workloads', run: 'the runs'})[source] ?? source);
  const studies = `${numStudies} ${numStudies === 1 ? 'study' : 'studies'}`;
  const against = reference === null ? '' : `, against ${reference}`;
  return [
    `pool: ${counted(pool.submissions.length, 'submission')}, ${counted(pool.runs, 'run')} on ${counted(pool.workloads.length, 'workload')}; SHA-256 of the logs ${pool.hash.slice(0, 16)}`,
    `by ${RULES[rules]}, by ${by}, ${studies}${against}; targets of ${from.join(', ')}`,
    ...(verified ? [verifiedLine(verified)] : []),
    ...(noIntervals === null ? [] : [noIntervals]),
  ];
}

function verifiedLine({passed, leftOut, others}: VerifiedCount): string {
  const missed = leftOut === 1 ? 'a missed target' : 'missed targets';
  const left = leftOut > 0 ? `; ${count(leftOut)} left out, counted as ${missed}` : '';
  const rest = others > 0 ? `; ${counted(others, 'run')} of AlgoPerf's can't be verified` : '';
  return `verified: ${count(passed)} of ${counted(passed + leftOut, 'run')} passed${left}${rest}`;
}

function counted(number: number, what: string): string {
  return `${count(number)} ${what}${number === 1 ? '' : 's'}`;
}

function csvOf(tables: readonly ScoreTable[]): string {
  const [only, ...others] = tables;
  if (!only || others.length > 0) throw new UserError('--tables: with --format csv there is one table; name one');
  return csvText(
    only.columns,
    only.rows.map((row) => row.map(({value}) => value)),
  );
}

const texts = ({rows}: ScoreTable) => rows.map((row) => row.map(({text}) => text));

/**
 * What does not fit the terminal goes below: sentences under their rows, other columns under those before them, with the first one
 * again.
 */
function plainOf(whole: ScoreTable, width = Number.POSITIVE_INFINITY): string {
  const rows = texts(whole);
  const groups = columnGroups([whole.columns, ...rows], width);
  const isSplit = groups.length > 1;
  const blocks =
    isSplit && whole.sentencesFrom !== undefined
      ? [withSentences(whole.columns, rows, {from: whole.sentencesFrom, width})]
      : groups.map((columns) => {
          const chosen = (row: readonly string[]) => columns.map((i) => row[i]!);
          return table(chosen(whole.columns), rows.map(chosen));
        });
  return [whole.title, ...blocks, ...(whole.note === undefined ? [] : [whole.note])].join(isSplit ? '\n\n' : '\n');
}

const INDENT = '    ';

function withSentences(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  {from, width}: {readonly from: number; readonly width: number},
): string {
  const upper = table(
    columns.slice(0, from),
    rows.map((row) => row.slice(0, from)),
  ).split('\n');
  const lower = rows.map((row) => row.slice(from).filter((text) => text !== '-'));
  return upper
    .flatMap((line, i) => (i === 0 ? [line] : [line, ...wrapped(lower[i - 1]!.join('; '), width)]))
    .join('\n');
}

/** A text in lines that a width has room for, but for words that are longer. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of printable(text).split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && INDENT.length + longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line) => `${INDENT}${line}`);
}

const GAP = 2;

/** Numbers of columns, group by group; each group has the first one. */
function columnGroups(rows: readonly (readonly string[])[], width: number): number[][] {
  const widths = rows[0]!.map((_, i) => rows.reduce((most, row) => Math.max(most, printable(row[i]!).length), 0));
  const groups: number[][] = [[0]];
  let used = widths[0]!;
  for (let i = 1; i < widths.length; i++) {
    const isFull = used + GAP + widths[i]! > width && groups.at(-1)!.length > 1;
    if (isFull) groups.push([0]);
    used = (isFull ? widths[0]! : used) + GAP + widths[i]!;
    groups.at(-1)!.push(i);
  }
  return groups;
}

/** Columns of numbers, which stand to the right. */
function isNumeric(rows: readonly (readonly string[])[], i: number): boolean {
  return rows.length > 0 && rows.every((row) => /^(-|[-+]?\d[\d,]*(\.\d+)?\*?)$/.test(row[i]!));
}

function markdownOf(whole: ScoreTable): string {
  const rows = texts(whole);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = whole.columns.map((_, i) => (isNumeric(rows, i) ? '--:' : ':--'));
  return [
    `**${markdown(whole.title)}**`,
    '',
    line(whole.columns.map(markdown)),
    line(rule),
    ...rows.map((row) => line(row.map(markdown))),
    ...(whole.note === undefined ? [] : ['', markdown(whole.note)]),
  ].join('\n');
}

/** A text as Markdown shows it, whatever is in it. */
function markdown(text: string): string {
  return printable(text).replaceAll(/[\\`*_[\]<>|~&#!$]/g, '\\$&');
}

function latexOf(whole: ScoreTable): string {
  const rows = texts(whole);
  const line = (cells: readonly string[]) => `${cells.map(latex).join(' & ')} \\\\`;
  const kinds = whole.columns.map((_, i) => (isNumeric(rows, i) ? 'r' : 'l')).join('');
  return [
    `% ${printable(whole.title)}; needs the package booktabs`,
    `\\begin{tabular}{${kinds}}`,
    '\\toprule',
    line(whole.columns),
    '\\midrule',
    ...rows.map((row) => line(row).replace(/^[[*]/, '{$&}')),
    '\\bottomrule',
    '\\end{tabular}',
    ...(whole.note === undefined ? [] : [`% ${printable(whole.note)}`]),
  ].join('\n');
}

const LATEX: {readonly [character: string]: string} = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedbl{}',
};

/** A text as LaTeX prints it, whatever is in it. */
function latex(text: string): string {
  return printable(text).replaceAll(/[\\~^<>|"{}$&#_%]/g, (character) => LATEX[character] ?? `\\${character}`);
}
