import {marked} from '../../scoring/index.js';
import type {RunReport} from '../report-data.js';
import {count, duration, moment, short} from './format.js';

export type Cell = string | number | boolean | null;

/** A column of the table of runs. */
export interface Column {
  readonly name: string;
  readonly cellOf: (run: RunReport) => Cell;
  readonly textOf: (value: Cell, run: RunReport) => string;
  readonly isNumeric: boolean;
}

/** Hyperparameters that the table shows at most. */
const MOST_HYPERPARAMETERS = 8;

/** Keys that do not say how a run was trained, and the one that has a column of its own. */
const ASIDE = /^(submission$|evaluation\.|logging\.|checkpoints\.)/;

/** The hyperparameters of which runs have different values, by dotted key. */
export function differingKeys(runs: readonly RunReport[]): string[] {
  const keys = new Set(runs.flatMap(({hyperparameters}) => Object.keys(hyperparameters)));
  const valuesOf = (key: string) => runs.map(({hyperparameters}) => hyperparameters[key] ?? null);
  return [...keys].filter(
    (key) => !ASIDE.test(key) && new Set(valuesOf(key).filter((value) => value !== null)).size > 1,
  );
}

/** The last part of a dotted key. */
export const shortKey = (key: string) => key.slice(key.lastIndexOf('.') + 1);

const figure = (
  name: string,
  cellOf: Column['cellOf'],
  textOf: (value: number | null, run: RunReport) => string,
): Column => ({
  name,
  cellOf,
  textOf: (value, run) => textOf(value as number | null, run),
  isNumeric: true,
});

const text = (
  name: string,
  cellOf: Column['cellOf'],
  textOf: (value: string) => string = (value) => value,
): Column => ({
  name,
  cellOf,
  textOf: (value) => (value === null ? '–' : textOf(String(value))),
  isNumeric: false,
});

/** The columns of a table of runs: those in which they differ, and what came of them. */
export function columnsOf(runs: readonly RunReport[]): Column[] {
  const differ = (cellOf: Column['cellOf']) => new Set(runs.map(cellOf)).size > 1;
  const metrics = [...new Set(runs.flatMap(({target}) => (target ? [target.metric] : [])))];
  const all: (Column | false)[] = [
    differ(({workload}) => workload) && text('Workload', ({workload}) => workload),
    differ(({submission}) => submission) && text('Submission', ({submission}) => submission),
    metrics.length > 1 && text('Metric', ({target}) => target?.metric ?? null),
    text('Status', ({statusInWords}) => statusInWords),
    figure(metrics.length === 1 ? `Best ${metrics[0]}` : 'Best', ({best}) => best?.value ?? null, short),
    figure('Time to target', ({timeToTarget}) => timeToTarget?.seconds ?? null, timeText),
    figure(
      'Steps',
      ({globalStep}) => globalStep,
      (value) => count(value ?? 0),
    ),
    figure('Time', ({submissionSeconds}) => submissionSeconds, duration),
    ...differingKeys(runs)
      .slice(0, MOST_HYPERPARAMETERS)
      .map((key) => hyperparameterColumn(runs, key)),
    figure(
      'Resets',
      ({resets}) => resets.length,
      (value) => count(value ?? 0),
    ),
    differ(({seed}) => seed) &&
      figure(
        'Seed',
        ({seed}) => seed,
        (value) => (value === null ? '–' : String(value)),
      ),
    text('Begun', ({begun}) => begun, moment),
  ];
  return all.filter((column): column is Column => column !== false);
}

/** A time to target, marked unless it is official. */
export function timeText(seconds: number | null, {official}: RunReport): string {
  return seconds === null ? duration(seconds) : marked(duration(seconds), official);
}

/** Whether the table of the runs has marked a time. */
export function isAnyMarked(runs: readonly RunReport[]): boolean {
  return runs.some(({timeToTarget, official}) => timeToTarget && !official);
}

function hyperparameterColumn(runs: readonly RunReport[], key: string): Column {
  const cellOf = ({hyperparameters}: RunReport): Cell => hyperparameters[key] ?? null;
  const isNumeric = runs.every((run) => cellOf(run) === null || typeof cellOf(run) === 'number');
  if (!isNumeric) return text(shortKey(key), cellOf);
  return figure(shortKey(key), cellOf, (value) => (value === null ? '–' : String(Number(value.toPrecision(4)))));
}

/** Whether a run's row has all words of a filter; of any case. */
export function matches(run: RunReport, columns: readonly Column[], filter: string): boolean {
  const row = columns
    .map(({cellOf, textOf}) => textOf(cellOf(run), run))
    .join('\n')
    .toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => row.includes(word));
}

/** Runs in the order of a column; what has no value comes last either way. */
export function sortedRuns(runs: readonly RunReport[], cellOf: Column['cellOf'], isDescending: boolean): RunReport[] {
  const sign = isDescending ? -1 : 1;
  return [...runs].sort((a, b) => {
    const [x, y] = [cellOf(a), cellOf(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
    return sign * String(x).localeCompare(String(y), 'en', {numeric: true});
  });
}
