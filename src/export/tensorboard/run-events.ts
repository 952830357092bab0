import {closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeSync} from 'node:fs';
import {basename, join} from 'node:path';
import {
  FILES,
  FOLDERS,
  flatEntries,
  parseNumber,
  readProcessFiles,
  readSettings,
  readTable,
  tablesOf,
} from '../../runs/index.js';
import {makeFolder, onDisk, tfRecord} from '../../support/index.js';
import {
  eventMessage,
  fileVersion,
  type Hyperparameter,
  hparamsEnd,
  hparamsStart,
  imageValue,
  scalarValue,
  sessionStart,
  summary,
} from './messages.js';

type Row = {readonly [column: string]: string | number};

/** A rate of a drawn schedule. */
interface Rate {
  readonly step: number;
  readonly value: number;
}

/** A file that TensorBoard reads, of one run. What is written can be looked at at once. */
export interface RunEvents {
  /** The numbers in a row of one of the run's tables: a column of `measurements` under its own name, else `<table>/<column>`. */
  row(table: string, row: Row): void;
  /** A schedule as it was drawn: its rates, and its picture. @param number - that of the picture */
  schedule(number: number, rates: readonly Rate[], png: string): void;
  /** How the run ended, for the HParams page. */
  end(status: 'success' | 'failure'): void;
  close(): void;
}

export interface RunEventsOptions {
  /** The run's folder. */
  readonly run: string;
  /** Where the file goes. */
  readonly folder: string;
}

const NAME = /^events\.out\.tfevents\.\d+\.algoperf-ts$/;

/**
 * Opens the event file of a run with all that the run's folder holds: its hyperparameters, tables and schedules. An older one of
 * this run is replaced.
 * @returns what takes further rows and schedules
 * @throws UserError if it can't be written, or a table is damaged
 */
export function openRunEvents({run, folder}: RunEventsOptions): RunEvents {
  const now = () => Date.now() / 1000;
  const begun = begunSeconds(run) ?? now();
  const append = openEventFile(folder);
  append.event(0, fileVersion, begun);
  append.event(0, sessionStart, begun);
  append.event(0, summary([hparamsStart(hyperparametersOf(run), begun)]), begun);
  replayTables(run, begun, append);
  replaySchedules(run, begun, append);
  return {
    row: (table, row) => writeRow(append, table, row, now()),
    schedule: (number, rates, png) => writeSchedule(append, {number, rates, png}, now()),
    end: (status) => append.event(0, summary([hparamsEnd(status, now())]), now()),
    close: append.close,
  };
}

interface EventFile {
  /** @param wallTime - seconds since 1970 */
  event(step: number, content: Uint8Array, wallTime: number): void;
  close(): void;
}

function openEventFile(folder: string): EventFile {
  const path = join(folder, `events.out.tfevents.${Math.floor(Date.now() / 1000)}.algoperf-ts`);
  const file = onDisk(path, () => {
    makeFolder(folder);
    for (const name of readdirSync(folder)) if (NAME.test(name)) rmSync(join(folder, name));
    return openSync(path, 'w');
  });
  return {
    event: (step, content, wallTime) =>
      void onDisk(path, () => writeSync(file, tfRecord(eventMessage({wallTime, step, content})))),
    close: () => closeSync(file),
  };
}

/** When a run was started, in seconds since 1970; undefined if unknown. */
function begunSeconds(run: string): number | undefined {
  const begun = readProcessFiles(run, 'meta_data')[0]?.content?.begun;
  const seconds = Date.parse(String(begun)) / 1000;
  return Number.isFinite(seconds) ? seconds : undefined;
}

/** What the HParams page tells runs apart by: the keys of the config, the seed and the engine. */
function hyperparametersOf(run: string): {[name: string]: Hyperparameter} {
  const {config, seed, backend} = readSettings(run);
  const values = [...flatEntries(config), ['rng_seed', seed] as const, ['backend', backend] as const];
  return Object.fromEntries(
    values.flatMap(([key, value]) =>
      value === null ? [] : [[key, typeof value === 'object' ? JSON.stringify(value) : value]],
    ),
  );
}

/** Writes the tables that a run has. The evaluations' rows are in `measurements`, too. */
function replayTables(run: string, begun: number, file: EventFile): void {
  for (const table of tablesOf(run)) {
    if (table === FILES.evaluations || table === FILES.schedule) continue;
    let elapsed = 0;
    for (const row of readTable(join(run, table))) {
      if (row.total_duration) elapsed = parseNumber(row.total_duration);
      writeRow(file, basename(table, '.csv'), row, begun + elapsed);
    }
  }
}

function replaySchedules(run: string, begun: number, file: EventFile): void {
  const drawn = new Map<number, Rate[]>();
  for (const {schedule, global_step, learning_rate} of readTable(join(run, FILES.schedule))) {
    const number = parseNumber(schedule);
    if (!drawn.has(number)) drawn.set(number, []);
    drawn.get(number)!.push({step: parseNumber(global_step), value: parseNumber(learning_rate)});
  }
  for (const [number, rates] of drawn) {
    const png = join(run, FOLDERS.plots, `lr-schedule-${number}.png`);
    writeSchedule(file, {number, rates, png}, begun);
  }
}

function writeRow(file: EventFile, table: string, row: Row, wallTime: number): void {
  const step = numberIn(row.global_step);
  if (!Number.isSafeInteger(step)) return;
  const prefix = `${table}.csv` === FILES.measurements ? '' : `${table}/`;
  const values = Object.entries(row)
    .filter(([column, cell]) => column !== 'global_step' && isNumber(cell))
    .map(([column, cell]) => scalarValue(prefix + column, numberIn(cell)));
  if (values.length > 0) file.event(step, summary(values), wallTime);
}

/** A number, or the text of one as tables have it; an empty cell is none. */
function isNumber(cell: string | number): boolean {
  return typeof cell === 'number' || cell === 'nan' || !Number.isNaN(parseNumber(cell));
}

function numberIn(cell: string | number | undefined): number {
  return typeof cell === 'number' ? cell : parseNumber(cell);
}

interface WrittenSchedule {
  readonly number: number;
  readonly rates: readonly Rate[];
  readonly png: string;
}

function writeSchedule(file: EventFile, {number, rates, png}: WrittenSchedule, wallTime: number): void {
  for (const {step, value} of rates)
    file.event(step, summary([scalarValue(`schedule/learning_rate_${number}`, value)]), wallTime);
  if (existsSync(png)) file.event(0, summary([imageValue(`lr-schedule-${number}`, readFileSync(png))]), wallTime);
}
