import {lineOfPoints, type Point, reducedLine} from '../plots/index.js';
import {type DrawnRows, type ScheduleRow, schedulesIn} from '../runs/index.js';
import type {Cycle, RunReport, ScheduleLine} from './report-data.js';
import {type Detail, finite} from './series-table.js';

/** A run's schedule as it was planned at first and as it was run, and its cycles as far as they are known. */
export function readSchedules(
  path: string,
  globalStep: number,
  detail: Detail,
): Pick<RunReport, 'planned' | 'asRun' | 'cycles'> {
  const schedules = schedulesIn(path);
  const [first, last] = [schedules[0], schedules.at(-1)];
  if (!first || !last) return {planned: null, asRun: null, cycles: []};
  return {
    planned: lineOf(lineOfPoints(first.rows), detail),
    asRun: globalStep > 0 ? lineOf(upTo(lineOfPoints(last.rows), globalStep), detail) : null,
    cycles: cyclesOf(last),
  };
}

/** The part of a line up to a step, which lies between two points or at one. */
function upTo(line: readonly Point[], step: number): Point[] {
  const after = line.findIndex((point) => point.step >= step);
  if (after < 1) return [...line];
  const [from, to] = [line[after - 1]!, line[after]!];
  const share = to.step === from.step ? 1 : (step - from.step) / (to.step - from.step);
  return [...line.slice(0, after), {step, value: from.value + (to.value - from.value) * share}];
}

/** A line as a page holds it, with corners where it has them. */
export function lineOf(
  line: readonly Point[],
  {schedulePoints, digits = 8}: Pick<Detail, 'schedulePoints' | 'digits'>,
): ScheduleLine {
  const kept =
    line.length <= schedulePoints
      ? line
      : reducedLine((i) => line[i]!.value, {from: 0, to: line.length, buckets: Math.floor(schedulePoints / 2)}).map(
          ({step: i}) => line[i]!,
        );
  return {steps: kept.map(({step}) => step), rates: kept.map(({value}) => finite(value, {digits}))};
}

function cyclesOf({rows}: DrawnRows): Cycle[] {
  const cycles = new Map<number, Cycle>();
  for (const {cycle, step} of rows as readonly ScheduleRow[])
    cycles.set(cycle, {start: cycles.get(cycle)?.start ?? step, end: step + 1});
  return [...cycles.values()];
}
