import type {ProfileReport} from '../training/index.js';
import {table} from './table.js';

const COLUMNS = ['Action', 'Mean Duration (s)', 'Std Duration (s)', 'Num Calls', 'Total Time (s)', 'Percentage %'];

/** A profile as AlgoPerf's profiler reports it: the whole first, then each section, the longest first. */
export function profileTable({totalSeconds, totalCalls, sections}: ProfileReport): string {
  const rows = sections.map(({section, meanSeconds, stdSeconds, calls, totalSeconds: total, percent}) => [
    section,
    figure(meanSeconds),
    figure(stdSeconds),
    calls,
    figure(total),
    figure(percent),
  ]);
  return `Profiler Report\n${table(COLUMNS, [['Total', '-', '-', totalCalls, figure(totalSeconds), '100'], ...rows])}`;
}

/** Five significant digits. */
function figure(value: number): string {
  return String(Number(value.toPrecision(5)));
}
