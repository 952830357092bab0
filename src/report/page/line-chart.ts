import {seriesStyle} from '../../plots/index.js';
import type {Palette} from './theme.js';

/** A line of a chart. */
export interface Line {
  readonly name: string;
  readonly x: readonly (number | null)[];
  readonly y: readonly (number | null)[];
  /** Of its colour and dashes: a number, or what it stands for. */
  readonly style: number | 'train' | 'validation' | 'test' | 'planned' | 'rate' | 'threshold';
  /** As the values were before they were smoothed: thin, behind the line, and not read out. */
  readonly raw?: readonly (number | null)[];
}

/** What a chart of lines shows. */
export interface LineChart {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly isLog: boolean;
  readonly lines: readonly Line[];
  /** Every second one is shaded. */
  readonly bands?: readonly {readonly start: number; readonly end: number}[];
  /** Upright marks. */
  readonly marks?: readonly {readonly x: number; readonly label: string}[];
  /** Levels: a target, a threshold. */
  readonly levels?: readonly {readonly y: number; readonly label: string}[];
  /** What the vertical axis shows; absent: all values. */
  readonly yDomain?: readonly [number, number];
  /** Where the horizontal axis begins; default 0. */
  readonly from?: number;
  /** Lines go up and down in steps. */
  readonly isStepped?: boolean;
}

const SOLID: readonly number[] = [1, 0];

/** The colour and the dashes of a line. */
export function strokeOf(
  {style}: Pick<Line, 'style'>,
  palette: Palette,
): {color: string; dash: readonly number[]; width: number} {
  const series = palette.series;
  if (typeof style === 'number') {
    const color = series[style % series.length]!;
    return {color, dash: seriesStyle(style).dash, width: 1.75};
  }
  const named = {
    train: {color: palette.boundary, dash: SOLID, width: 1.5},
    validation: {color: series[0]!, dash: SOLID, width: 2},
    test: {color: series[1]!, dash: [2, 3], width: 2},
    planned: {color: palette.boundary, dash: [5, 4], width: 1.5},
    rate: {color: series[1]!, dash: SOLID, width: 2},
    threshold: {color: palette.target, dash: [6, 4], width: 1.5},
  };
  return named[style];
}

/** The horizontal axis's range. */
export function xDomain({lines, bands = [], from = 0}: LineChart): [number, number] {
  const ends = [...lines.map(({x}) => x.findLast((value) => value !== null) ?? from), ...bands.map(({end}) => end)];
  const most = ends.reduce((a, b) => Math.max(a, b), from);
  return [from, most > from ? most : from + 1];
}

/** The vertical axis's range: of the values, the thresholds and the levels, with a margin. */
export function yDomain({lines, levels = [], isLog, yDomain: given}: LineChart): [number, number] {
  const all = [...lines.flatMap(({y}) => y), ...levels.map(({y}) => y)];
  const values = all.filter((value): value is number => value !== null && (!isLog || value > 0));
  if (values.length === 0) return isLog ? [0.1, 1] : [0, 1];
  if (given && !isLog) return [...given];
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  if (isLog) return [low / 1.15, high * 1.15];
  const margin = (high - low || Math.abs(high) || 1) * 0.05;
  return [low >= 0 && low - margin < 0 ? 0 : low - margin, high + margin];
}
