import {parseRecords} from '../runs/index.js';
import {type DecisiveEvaluations, decisiveEvaluations, type Evaluated, type JudgedBy} from '../scoring/index.js';
import {closestName, UserError} from '../support/index.js';

/** The part of a run's evaluations that scores depend on, small however many there are. */
export interface Evaluations extends DecisiveEvaluations {
  readonly last: Evaluated | undefined;
  readonly count: number;
}

/** Of a run that has none. */
export const NO_EVALUATIONS: Evaluations = {atTarget: [], best: undefined, last: undefined, count: 0};

/** What a workload's runs are judged by. */
export interface Judged extends JudgedBy {
  /** Without its split: `accuracy`. */
  readonly metric: string;
}

/** An evaluation as text, by column. */
export interface TextRows {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The line of a row's number, for messages. */
  lineOf(row: number): number;
}

/** AlgoPerf's scoring takes its times from `score`; the two columns are the same. */
const SECONDS = ['score', 'accumulated_submission_time'];

/**
 * Reads a table in the form of AlgoPerf's `eval_measurements.csv`.
 * @throws UserError naming file, line and column of what is missing or is no number
 */
export function readEvaluationTable(text: string, file: string, judged: Judged): Evaluations {
  const [header = [], ...rows] = parseRecords(text, file);
  return evaluationsOf({header, rows, lineOf: (row) => row + 2}, file, judged);
}

/** The same from cells of text. @throws UserError as {@link readEvaluationTable} does */
export function evaluationsOf({header, rows, lineOf}: TextRows, file: string, judged: Judged): Evaluations {
  if (rows.length === 0) return NO_EVALUATIONS;
  const column = (...names: readonly string[]) => columnOf(header, names, file);
  const [seconds, step, value] = [column(...SECONDS), column('global_step'), column(`validation/${judged.metric}`)];
  const read = (cells: readonly string[], row: number): Evaluated => {
    const number = (at: number, mayBeNaN = false) => {
      const found = numberOf(cells[at] ?? '');
      if (found !== undefined && (mayBeNaN || !Number.isNaN(found))) return found;
      throw new UserError(`${file}:${lineOf(row)}: ${header[at]}: must be a number, found '${cells[at] ?? ''}'`);
    };
    return {row, globalStep: number(step), seconds: number(seconds), value: number(value, true)};
  };
  const evaluations = rows.map(read);
  return {...decisiveEvaluations(evaluations, judged), last: evaluations.at(-1), count: evaluations.length};
}

function columnOf(header: readonly string[], names: readonly string[], file: string): number {
  const at = names.map((name) => header.indexOf(name)).find((index) => index >= 0);
  if (at !== undefined) return at;
  const close = closestName(names[0]!, header);
  const hint = close ? `did you mean \`${close}\`?` : `there are: ${header.join(', ')}`;
  throw new UserError(`${file}:1: there is no column ${names.join(' or ')}; ${hint}`);
}

const NOT_FINITE: {readonly [text: string]: number} = {
  '': Number.NaN,
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};

/** A number as Python or JavaScript writes it; undefined: it is none. */
function numberOf(text: string): number | undefined {
  const number = text === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? NOT_FINITE[text.toLowerCase()] : number;
}
