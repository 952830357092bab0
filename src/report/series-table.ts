import {reducedLine} from '../plots/index.js';
import {parseNumber} from '../runs/index.js';
import type {SeriesTable} from './report-data.js';

/** A row of a run's CSV table. */
export type TableRow = {readonly [column: string]: string};

/** How much of a run goes into a page. */
export interface Detail {
  /** Rows of a table of series, at most about so many. */
  readonly rows: number;
  /** Points of a schedule, at most about so many. */
  readonly schedulePoints: number;
  readonly events: number;
  /** Significant digits of values; absent: all. */
  readonly digits?: number;
}

/** Of one run, everything that can be seen; the more runs share a page, the less of each. */
export function detailFor(runCount: number): Detail {
  if (runCount <= 1) return {rows: 1000, schedulePoints: 2000, events: 400};
  if (runCount <= 10) return {rows: 600, schedulePoints: 500, events: 100};
  return {rows: Math.max(40, Math.round(12_000 / runCount)), schedulePoints: 120, events: 20, digits: 7};
}

/** A number as a page holds it: null where it is not finite. */
export function finite(value: number | undefined, {digits}: Pick<Detail, 'digits'> = {}): number | null {
  if (value === undefined || !Number.isFinite(value)) return null;
  return digits === undefined ? value : Number(value.toPrecision(digits));
}

/** Seconds on the submission's clock at a step: between two evaluations in proportion, after the last one not known. */
export function clockOf(evaluations: readonly TableRow[]): (step: number) => number | null {
  const marks = evaluations
    .map((row) => ({step: parseNumber(row.global_step), seconds: parseNumber(row.accumulated_submission_time)}))
    .filter(({step, seconds}) => Number.isFinite(step) && Number.isFinite(seconds));
  const all = [{step: 0, seconds: 0}, ...marks];
  return (step) => {
    const after = all.findIndex((mark) => mark.step >= step);
    if (after < 0) return null;
    const [from, to] = [all[Math.max(0, after - 1)]!, all[after]!];
    if (to.step === from.step) return to.seconds;
    return from.seconds + ((to.seconds - from.seconds) * (step - from.step)) / (to.step - from.step);
  };
}

/**
 * Columns of a table over its global steps. Of a long table those rows stay in which a column has a smallest or largest value
 * of its neighbourhood, so that lines look the same.
 */
export function seriesTable(
  rows: readonly TableRow[],
  columns: readonly string[],
  {clock, detail}: {readonly clock: (step: number) => number | null; readonly detail: Detail},
): SeriesTable {
  const values = new Map(columns.map((column) => [column, rows.map((row) => parseNumber(row[column]))]));
  const kept = keptRows(rows.length, [...values.values()], detail.rows);
  const steps = kept.map((i) => parseNumber(rows[i]!.global_step));
  return {
    steps,
    seconds: steps.map((step) => finite(clock(step) ?? undefined, {digits: 7})),
    values: Object.fromEntries([...values].map(([column, all]) => [column, kept.map((i) => finite(all[i], detail))])),
  };
}

/** The rows of a table that are shown, ascending: all, or of very many those in which a column has an extreme value. */
export function keptRows(count: number, columns: readonly (readonly number[])[], most: number): number[] {
  if (count <= most || columns.length === 0) return Array.from({length: Math.min(count, most)}, (_, i) => i);
  const buckets = Math.max(2, Math.floor(most / (2 * columns.length)));
  const kept = columns.flatMap((values) => reducedLine((i) => values[i]!, {from: 0, to: count, buckets}));
  return [...new Set(kept.map(({step}) => step))].sort((a, b) => a - b);
}
