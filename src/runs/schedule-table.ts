import {appendFileSync, existsSync} from 'node:fs';
import {join} from 'node:path';
import {onDisk} from '../support/index.js';
import {parseNumber} from './csv.js';
import {FILES} from './layout.js';
import {readTable} from './tables.js';

/** The learning rate of one step of a schedule. */
export interface ScheduleRow {
  /** Counts from 1. */
  readonly cycle: number;
  readonly step: number;
  /** NaN where it is not finite. */
  readonly value: number;
}

const HEADER = 'schedule,cycle,global_step,learning_rate\n';

/** Adds a schedule to the run's `schedule.csv`. @param number - that of its picture @returns the lines that were added */
export function appendSchedule(run: string, number: number, rows: readonly ScheduleRow[]): string {
  const path = join(run, FILES.schedule);
  // Numbers alone, and many of them: nothing has to be quoted.
  const lines = rows
    .map(({cycle, step, value}) => `${number},${cycle},${step},${Number.isNaN(value) ? 'nan' : value}\n`)
    .join('');
  onDisk(path, () => appendFileSync(path, (existsSync(path) ? '' : HEADER) + lines));
  return lines;
}

/** A schedule as it was drawn. */
export interface DrawnRows {
  /** That of its picture. */
  readonly number: number;
  readonly rows: readonly ScheduleRow[];
}

/** The schedules of a run in the order in which they were drawn; none if the run has none. */
export function schedulesIn(run: string): DrawnRows[] {
  const schedules = new Map<string, ScheduleRow[]>();
  for (const {schedule = '', cycle, global_step, learning_rate} of readTable(join(run, FILES.schedule))) {
    const rows = schedules.get(schedule) ?? [];
    schedules.set(schedule, rows);
    rows.push({cycle: parseNumber(cycle), step: parseNumber(global_step), value: parseNumber(learning_rate)});
  }
  return [...schedules].map(([number, rows]) => ({number: parseNumber(number), rows}));
}

/** The schedule that was drawn last; none if the run has none. */
export function latestSchedule(run: string): readonly ScheduleRow[] {
  return schedulesIn(run).at(-1)?.rows ?? [];
}

/** The schedule that the run began with; none if it has none. */
export function firstSchedule(run: string): readonly ScheduleRow[] {
  return schedulesIn(run)[0]?.rows ?? [];
}
