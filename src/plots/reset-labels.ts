import type {Layer} from './named-lines.js';
import {CHARACTER, COLORS} from './style.js';
import {type DrawnTraining, endOf} from './training-series.js';

const CAUSE_SIZE = 13;
/** From one row of causes to the next. */
export const CAUSE_ROW = 16;
/** Rows that the causes of resets may take above a panel. */
const MOST_ROWS = 3;

/** The cause of a reset above a panel; row 0 is the lowest. */
export interface ResetLabel {
  readonly step: number;
  readonly text: string;
  readonly row: number;
}

/** The causes of the resets, each in the lowest row where it touches no other; one that fits in none is left out. */
export function resetLabels(run: DrawnTraining, width: number): ResetLabel[] {
  const taken: number[] = Array(MOST_ROWS).fill(Number.NEGATIVE_INFINITY);
  return run.resets.flatMap(({step, cause}) => {
    const [middle, half] = [(width * step) / endOf(run), (cause.length * CAUSE_SIZE * CHARACTER.regular) / 2];
    const row = taken.findIndex((right) => middle - half >= right);
    if (cause === '' || row < 0) return [];
    taken[row] = middle + half + CAUSE_SIZE / 2;
    return [{step, text: cause, row}];
  });
}

/** The causes above a panel. */
export function causeLayers(labels: readonly ResetLabel[]): Layer[] {
  return rowsOf(labels).map((values) => ({
    data: {values},
    mark: {
      type: 'text',
      fontSize: CAUSE_SIZE,
      color: COLORS.quiet,
      baseline: 'bottom',
      dy: -4 - values[0]!.row * CAUSE_ROW,
    },
    encoding: {y: {value: 0}, text: {field: 'text', type: 'nominal'}},
  }));
}

const rowsOf = (labels: readonly ResetLabel[]) =>
  [...new Set(labels.map(({row}) => row))].map((row) => labels.filter((label) => label.row === row));
