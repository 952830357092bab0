import {join} from 'node:path';
import type {Json} from '../contract/index.js';
import {
  type EventRow,
  endingInWords,
  FILES,
  flatEntries,
  numbered,
  parseNumber,
  type RunResult,
  type RunSummary,
  readCheckedTable,
  readEvents,
  readMapping,
  readResult,
  resetsOf,
  statusInWords,
  targetRuleIn,
} from '../runs/index.js';
import {changedFiles, missingFiles, resultProblems, tableProblems} from './read-problems.js';
import {readSchedules} from './read-schedules.js';
import type {ReportTarget, RunEvent, RunReport, SeriesTable, Setting} from './report-data.js';
import {clockOf, type Detail, finite, seriesTable, type TableRow} from './series-table.js';
import {stoppingSignal} from './stopping-signal.js';

/** A run's name, and how much of it is shown. */
export interface ReadOptions {
  /** No two runs of a page have the same. */
  readonly id: string;
  readonly name: string;
  readonly detail: Detail;
}

/** Reads; what can't be read is noted, and `otherwise` is shown in its place. */
type Attempt = <T>(read: () => T, otherwise: T) => T;

/** The files of a run, as far as they can be read. */
interface RunFiles {
  readonly evaluations: readonly TableRow[];
  readonly measurements: readonly TableRow[];
  readonly events: readonly EventRow[];
  readonly meta: Mapping | null;
  readonly config: Mapping | null;
  readonly result: RunResult | undefined;
}

type Mapping = {readonly [key: string]: Json};

function filesOf(run: RunSummary, attempt: Attempt, problems: string[]): RunFiles {
  const {path} = run;
  const table = (file: string): readonly TableRow[] => {
    const checked = readCheckedTable(join(path, file));
    problems.push(...tableProblems(checked, file, run));
    return checked.rows.filter(({global_step}) => Number.isFinite(parseNumber(global_step)));
  };
  const [evaluations, measurements] = [table(FILES.evaluations), table(FILES.measurements)];
  const {events, damagedLines} = attempt(() => readEvents(path), {events: [], damagedLines: []});
  if (damagedLines.length > 0) problems.push(`${FILES.events}: line ${damagedLines.join(', ')} can't be read`);
  return {
    evaluations,
    measurements,
    events,
    meta: readMapping(path, numbered('meta_data', 0)),
    config: readMapping(path, FILES.config),
    result: readResult(path),
  };
}

/** All that a page shows of a run. What can't be read is listed in `problems`; the rest is shown without it. */
export function readRun(run: RunSummary, {id, name, detail}: ReadOptions): RunReport {
  const {path, globalStep} = run;
  const problems = missingFiles(run);
  const attempt: Attempt = (read, otherwise) => {
    try {
      return read();
    } catch (error) {
      problems.push((error as Error).message);
      return otherwise;
    }
  };
  const {evaluations, measurements, events, meta, config, result} = filesOf(run, attempt, problems);
  const schedules = attempt(() => readSchedules(path, globalStep, detail), {planned: null, asRun: null, cycles: []});
  const changes = attempt(() => changedFiles(run, result, events), []);
  const target = targetIn(meta);
  const resets = resetsOf(events);
  const clock = clockOf(evaluations);
  const columns = columnsOf(evaluations).filter((column) => /^(train|validation|test)\/(?!num_examples$)/.test(column));
  return {
    id,
    name,
    workload: run.workload,
    submission: textOf(config?.submission),
    status: run.status,
    statusInWords: statusInWords(run),
    ending: result ? endingInWords(result) : null,
    problems: [
      ...new Set([...(run.damage ? [run.damage] : []), ...problems, ...resultProblems(run, events), ...changes]),
    ],
    begun: run.begun,
    seed: numberOf(meta?.rng_seed),
    backend: textOf(meta?.backend),
    target,
    best: run.best && {value: run.best.value, step: run.best.globalStep},
    timeToTarget: run.timeToTarget && {step: run.timeToTarget.globalStep, seconds: run.timeToTarget.seconds},
    globalStep,
    submissionSeconds: run.submissionSeconds,
    official: run.official,
    notOfficialBecause: result?.notOfficialBecause ?? listOf(meta?.not_official_because),
    training: trainingSeries(measurements, {clock, detail}),
    evaluations: seriesTable(evaluations, columns, {clock, detail}),
    throughput: throughputOf(evaluations, detail),
    ...schedules,
    resets,
    stopping: stoppingSignal(
      {config, evaluations, resets: resets.map(({step}) => step), lossMetric: target?.lossMetric ?? 'loss'},
      detail,
    ),
    hyperparameters: Object.fromEntries([...flatEntries(config ?? {})].map(([key, value]) => [key, scalarOf(value)])),
    settings: settingsOf(config),
    overrides: settingsOf(readMapping(path, FILES.overrides)),
    environment: settingsOf(meta),
    ...shownEvents(events.map(eventOf), detail.events),
  };
}

/** The target that a run's facts name; null where not all of it is there. */
function targetIn(meta: Mapping | null): ReportTarget | null {
  const rule = targetRuleIn(meta ?? {});
  if (!rule) return null;
  const {metric, goal, validation, lossMetric} = rule;
  return {metric, goal, validation, lossMetric};
}

function columnsOf(rows: readonly TableRow[]): string[] {
  return Object.keys(rows[0] ?? {});
}

/** Rows without a time are of training batches; those with one are the evaluations' again. */
function trainingSeries(
  rows: readonly TableRow[],
  how: {readonly clock: (step: number) => number | null; readonly detail: Detail},
): SeriesTable {
  const training = rows.filter((row) => !row.accumulated_submission_time);
  const columns = columnsOf(rows).filter(
    (column) => column !== 'global_step' && training.some((row) => row[column] !== '' && row[column] !== undefined),
  );
  return seriesTable(training, columns, how);
}

function throughputOf(evaluations: readonly TableRow[], detail: Detail): SeriesTable {
  const marks = evaluations.map((row) => ({
    step: parseNumber(row.global_step),
    seconds: parseNumber(row.accumulated_submission_time),
  }));
  const parts = marks.slice(1).map(({step, seconds}, i) => ({
    step,
    seconds,
    rate: (step - marks[i]!.step) / (seconds - marks[i]!.seconds),
  }));
  const kept = parts.filter((_, i) => i % Math.ceil(parts.length / detail.rows || 1) === 0);
  return {
    steps: kept.map(({step}) => step),
    seconds: kept.map(({seconds}) => finite(seconds, {digits: 7})),
    values: {'steps/s': kept.map(({rate}) => finite(rate, {digits: 5}))},
  };
}

function eventOf({
  event,
  global_step,
  time,
  message,
}: {
  event: string;
  global_step: number;
  time?: string;
  message?: string;
}): RunEvent {
  return {name: event, step: global_step, time: textOf(time) ?? '', message: textOf(message) ?? ''};
}

/** The evaluations are in a table of their own; of very many events the first and the last ones. */
function shownEvents(all: readonly RunEvent[], most: number): Pick<RunReport, 'events' | 'eventsLeftOut'> {
  const events = all.filter(({name}) => name !== 'evaluation' && name !== 'checkpoint');
  if (events.length <= most) return {events, eventsLeftOut: 0};
  const half = Math.ceil(most / 2);
  return {events: [...events.slice(0, half), ...events.slice(half - most)], eventsLeftOut: events.length - most};
}

function settingsOf(mapping: {readonly [key: string]: Json} | null): Setting[] {
  return [...flatEntries(mapping ?? {})].map(([key, value]) => [key, inWords(value)]);
}

function inWords(value: Json): string {
  if (Array.isArray(value))
    return value.every((each) => typeof each !== 'object') ? value.join(', ') : JSON.stringify(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function scalarOf(value: Json): string | number | boolean | null {
  return value !== null && typeof value === 'object' ? inWords(value) : value;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
const numberOf = (value: unknown) => (typeof value === 'number' ? value : null);
const listOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
