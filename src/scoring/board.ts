import {POSITIVE_INFINITY, type Scoring, type ScoringRules} from './pool.js';
import {exactArea, fastest, ratioTo, trapezoidArea, withinRatio} from './profile.js';
import {ranks} from './ranks.js';

/** Who is compared with whom, by number. */
export interface Board {
  readonly rules: ScoringRules;
  /** Base workloads: the first columns. Those that are held out come after them. */
  readonly workloads: number;
  /** Of each held-out column that of its base workload. */
  readonly heldOut: readonly {readonly column: number; readonly base: number}[];
  /** The row that ratios are to; undefined: the fastest of each column. */
  readonly reference: number | undefined;
}

/** Times to target: a row a submission, a column a workload. */
export type TimeTable = readonly (readonly number[])[];

/** Ratios, scores and ranks of the submissions, in the order of the rows. */
export interface Standings {
  /** Columns of base workloads only. Infinity: not reached, too slow, or a held-out workload was missed. */
  readonly ratios: number[][];
  readonly scores: number[];
  readonly ranks: number[];
}

/** Workloads that AlgoPerf 0.6 divides by, whatever is scored. */
const BASE_WORKLOADS_OF_0_6 = 8;

/** The columns of a scoring: its workloads, then those that are held out. */
export function columnsOf({workloads, heldOut = []}: Pick<Scoring, 'workloads' | 'heldOut'>): string[] {
  return [...workloads, ...heldOut.map(({name}) => name)];
}

/** @throws RangeError if the reference is none of the submissions, or a held-out workload has no base */
export function boardOf(scoring: Scoring): Board {
  const {submissions, workloads, heldOut = [], rules = 'written', reference} = scoring;
  const row = submissions.findIndex(({name}) => name === reference);
  if (reference !== undefined && row < 0)
    throw new RangeError(`reference must be one of the submissions, got ${reference}`);
  const columns = heldOut.map(({name, base}, i) => {
    if (!workloads.includes(base)) throw new RangeError(`the base of ${name} must be a workload, got ${base}`);
    return {column: workloads.length + i, base: workloads.indexOf(base)};
  });
  return {rules, workloads: workloads.length, heldOut: columns, reference: row < 0 ? undefined : row};
}

/** Ratios, scores and ranks of times to target; see {@link score}. */
export function standings(times: TimeTable, board: Board): Standings {
  const ratios = ratiosOf(times, board);
  const scores = ratios.map((ofOne) => area(ofOne, board.rules, times.length === 1));
  return {ratios, scores, ranks: ranks(scores)};
}

function ratiosOf(times: TimeTable, {workloads, heldOut, reference}: Board): number[][] {
  const held = times.map((row) => replaced(row, ({column, base}) => (isMissed(row[base]!) ? [column] : []), heldOut));
  const least = fastestOf(held);
  const close = held.map((row) => row.map((time, column) => withinRatio(time, least[column]!)));
  const counted = close.map((row) =>
    replaced(row, ({column, base}) => (isMissed(row[column]!) ? [base] : []), heldOut),
  );
  const compared = reference === undefined ? fastestOf(counted) : counted[reference]!;
  return counted.map((row) => row.slice(0, workloads).map((time, column) => ratioTo(time, compared[column]!)));
}

const isMissed = (time: number) => !Number.isFinite(time);

/** A row with the columns infinite that held-out workloads say. */
function replaced(
  row: readonly number[],
  columnsOf: (heldOut: Board['heldOut'][number]) => readonly number[],
  heldOut: Board['heldOut'],
): readonly number[] {
  if (heldOut.length === 0) return row;
  const missed = heldOut.flatMap(columnsOf);
  return row.map((time, column) => (missed.includes(column) ? POSITIVE_INFINITY : time));
}

function fastestOf(times: TimeTable): number[] {
  return (times[0] ?? []).map((_, column) => fastest(times.map((row) => row[column]!)));
}

function area(ratios: readonly number[], rules: ScoringRules, isAlone: boolean): number {
  if (rules === 'written') return exactArea(ratios);
  return trapezoidArea(ratios, workloadsDividedBy(rules, ratios.length), isAlone);
}

/** What a number of workloads is divided by to be a share of all. */
export function workloadsDividedBy(rules: ScoringRules, workloads: number): number {
  return rules === '0.6' ? BASE_WORKLOADS_OF_0_6 : workloads;
}
