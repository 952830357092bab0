import {join} from 'node:path';
import type {Json} from '../contract/index.js';
import {FILES, flatEntries, parseNumber, type RunSummary, readSettings, readTable} from '../runs/index.js';
import {type Exported, exportEach} from './each-run.js';

/** A column of the table of all evaluations; null: an empty cell. */
export type EvaluationColumn =
  | {readonly name: string; readonly type: 'text'; readonly values: readonly (string | null)[]}
  /** Numbers, all of them integers where the type says so. */
  | {readonly name: string; readonly type: 'integer' | 'number'; readonly values: readonly (number | null)[]};

/** One row per evaluation: which run it is of, the run's config, then AlgoPerf's columns. */
export interface EvaluationTable extends Omit<Exported, 'to'> {
  readonly columns: readonly EvaluationColumn[];
}

type Value = string | number | null;
type Cells = {readonly [column: string]: Value};

/**
 * All evaluations of the runs in one table, in the order of the runs. Keys of the configs are columns by their dotted names, such as
 * `hyperparameters.learning_rate`; lists are JSON. A key that is also another column's name has `config.` before it.
 */
export function evaluationTable(runs: readonly RunSummary[]): EvaluationTable {
  const rows: {run: Cells; config: Cells; metrics: Cells}[] = [];
  const counts = exportEach(runs, {
    read: (run) => ({...cellsOfRun(run), evaluations: readTable(join(run.path, FILES.evaluations)).map(numbersOf)}),
    write(_, {run, config, evaluations}) {
      rows.push(...evaluations.map((metrics) => ({run, config, metrics})));
      return evaluations.length;
    },
  });
  const [ofRun, ofConfig, ofMetrics] = (['run', 'config', 'metrics'] as const).map((part) => namesIn(rows, part));
  const taken = new Set([...ofRun!, ...ofMetrics!]);
  const cellsOf = (part: 'run' | 'config' | 'metrics', name: string) => rows.map((row) => row[part][name] ?? null);
  const columns = [
    ...ofRun!.map((name) => knownColumn(name, cellsOf('run', name))),
    ...ofConfig!.map((key) => configColumn(taken.has(key) ? `config.${key}` : key, cellsOf('config', key))),
    ...ofMetrics!.sort().map((name) => knownColumn(name, cellsOf('metrics', name))),
  ];
  return {columns, ...counts};
}

function cellsOfRun(run: RunSummary): {run: Cells; config: Cells} {
  const {experiment, study, workload, trial, status, official, begun, path} = run;
  const {seed, backend, config} = readSettings(path);
  const isOfficial = official === null ? null : String(official);
  return {
    run: {experiment, study, workload, trial, status, official: isOfficial, begun, seed, backend},
    config: Object.fromEntries([...flatEntries(config)].map(([key, value]) => [key, cellOf(value)])),
  };
}

function cellOf(value: Json): Value {
  if (value === null || typeof value === 'number' || typeof value === 'string') return value;
  return JSON.stringify(value);
}

function numbersOf(row: {readonly [column: string]: string}): Cells {
  return Object.fromEntries(
    Object.entries(row).map(([column, text]) => [column, text === '' ? null : parseNumber(text)]),
  );
}

/** The columns of a part of the rows, in the order in which they first come. */
function namesIn<P extends string>(rows: readonly {readonly [part in P]: Cells}[], part: P): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row[part])))];
}

/** Columns that are of one type whatever they contain. */
const TYPES: {readonly [name: string]: EvaluationColumn['type']} = {
  experiment: 'text',
  study: 'integer',
  workload: 'text',
  trial: 'integer',
  status: 'text',
  official: 'text',
  begun: 'text',
  seed: 'integer',
  backend: 'text',
  global_step: 'integer',
  preemption_count: 'integer',
};

/** A column of the runs or of their evaluations. */
function knownColumn(name: string, values: readonly Value[]): EvaluationColumn {
  return typedColumn(name, TYPES[name] ?? (name.endsWith('/num_examples') ? 'integer' : 'number'), values);
}

/** A key of the configs: texts, if there is any; numbers otherwise. */
function configColumn(name: string, values: readonly Value[]): EvaluationColumn {
  return typedColumn(name, values.some((value) => typeof value === 'string') ? 'text' : 'number', values);
}

function typedColumn(name: string, type: EvaluationColumn['type'], values: readonly Value[]): EvaluationColumn {
  if (type === 'text') return {name, type, values: values.map((value) => (value === null ? null : String(value)))};
  const numbers = values as readonly (number | null)[];
  const isOfIntegers = numbers.every((value) => value === null || Number.isSafeInteger(value));
  // The file may have been edited.
  return {name, type: isOfIntegers ? type : 'number', values: numbers};
}
