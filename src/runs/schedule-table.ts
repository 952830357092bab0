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

/** Adds a schedule to the run's `schedule.csv`. @param number - that of its picture */
export function appendSchedule(run: string, number: number, rows: readonly ScheduleRow[]): void {
  const path = join(run, FILES.schedule);
  // Numbers alone, and many of them: nothing has to be quoted.
  const lines = rows.map(
    ({cycle, step, value}) => `${number},${cycle},${step},${Number.isNaN(value) ? 'nan' : value}\n`,
  );
  onDisk(path, () => appendFileSync(path, (existsSync(path) ? '' : HEADER) + lines.join('')));
}

/** The schedule that was drawn last; none if the run has none. */
export function latestSchedule(run: string): ScheduleRow[] {
  return scheduleWith(run, (rows) => rows.at(-1)?.schedule);
}

/** The schedule that the run began with; none if it has none. */
export function firstSchedule(run: string): ScheduleRow[] {
  return scheduleWith(run, (rows) => rows[0]?.schedule);
}

function scheduleWith(
  run: string,
  numberIn: (rows: readonly {readonly [column: string]: string}[]) => string | undefined,
): ScheduleRow[] {
  const rows = readTable(join(run, FILES.schedule));
  const number = numberIn(rows);
  return rows
    .filter(({schedule}) => schedule === number)
    .map(({cycle, global_step, learning_rate}) => ({
      cycle: parseNumber(cycle),
      step: parseNumber(global_step),
      value: parseNumber(learning_rate),
    }));
}
