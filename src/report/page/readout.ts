import {count, exact} from './format.js';
import type {Line, LineChart} from './line-chart.js';

/** The value of a line where the reader looks. */
export interface Reading {
  readonly line: Line;
  readonly value: number | null;
}

/** Where a chart has values, ascending, each once. */
export function positionsOf({lines}: LineChart): number[] {
  const all = lines.flatMap(({x}) => x.filter((value) => value !== null));
  return [...new Set(all)].sort((a, b) => a - b);
}

/** The place in ascending positions that is nearest to one; -1 where there are none. */
export function nearest(positions: readonly number[], at: number): number {
  let [low, high] = [0, positions.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (positions[middle]! < at) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && at - positions[low - 1]! <= positions[low]! - at) return low - 1;
  return positions.length === 0 ? -1 : low;
}

/** What the lines of a chart are at a position: those that have a value there, else between which two of their values it lies. */
export function readingsAt({lines, isStepped}: LineChart, at: number): Reading[] {
  return lines.flatMap((line) => {
    const exactly = line.x.lastIndexOf(at);
    if (exactly >= 0) return [{line, value: line.y[exactly]!}];
    const after = line.x.findIndex((x) => x !== null && x > at);
    if (after <= 0) return [];
    const [x0, x1, y0, y1] = [line.x[after - 1], line.x[after], line.y[after - 1], line.y[after]];
    if (x0 == null || x1 == null || y0 == null || y1 == null) return [];
    return [{line, value: isStepped ? y0 : y0 + ((y1 - y0) * (at - x0)) / (x1 - x0)}];
  });
}

/** `step 250`, `12.5 s`. */
export function positionText({xTitle}: LineChart, at: number): string {
  if (/seconds/i.test(xTitle)) return `${exact(Number(at.toFixed(3)))} s`;
  if (/steps/i.test(xTitle)) return `step ${count(at)}`;
  return `${xTitle} ${exact(at)}`;
}

/** Readings that a tooltip has room for. */
const MOST_READ = 14;

/** The readings as a sentence, for screen readers. */
export function readingText(chart: LineChart, at: number): string {
  const readings = readingsAt(chart, at);
  const texts = readings.slice(0, MOST_READ).map(({line, value}) => `${line.name} ${exact(value)}`);
  const left = readings.length - texts.length;
  return `${positionText(chart, at)}: ${texts.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

export {MOST_READ};
