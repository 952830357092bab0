import type {Split} from '../metrics/index.js';
import {isWide, type Picture} from './picture.js';
import type {Point} from './reduce.js';
import {COLORS, DASHES} from './style.js';
import {marksOf} from './training-series.js';

/** Part of a chart's specification. */
export type Layer = object;

/** A vertical axis whose range is known. */
export interface ValueAxis {
  readonly scale: {readonly type: 'log' | 'linear'; readonly domain: readonly [number, number]};
}

/** What the legend names: a metric on a split, or the losses of training batches. */
export type LineName = Split | 'train batches';

/** Sizes of the legend beside a panel, in the picture's units. */
export const LEGEND = {fontSize: 15, symbol: 26, offset: 14};
const MARK_SIZE = {dot: 22, below: 110, outside: 70};

/** Whether anything of a line is drawn. */
const hasValue = (points: readonly Point[]): boolean => points.some(({value}) => Number.isFinite(value));

/** A line of a colour that the legend names, and the marks of its points, which the panel's edges do not cut. */
export function namedLine(name: LineName, points: readonly Point[], y: ValueAxis, colors: object): Layer[] {
  const encoding = {y: {...y, field: 'value'}, ...colors};
  // A logarithm takes only what is above 0.
  const onLine = (value: number) => (y.scale.type === 'log' && value <= 0 ? Number.NaN : value);
  // The only point of the line that lies below the others' would be covered by theirs of the same step.
  const isCovered = name.startsWith('train') && points.filter(({value}) => Number.isFinite(value)).length === 1;
  const dot = isCovered ? MARK_SIZE.below : MARK_SIZE.dot;
  return [
    {
      data: {values: points.map(({step, value}) => ({step, value: onLine(value), name}))},
      mark: {type: 'line', strokeWidth: 2, clip: true},
      encoding,
    },
    {
      data: {values: marksOf(points, y.scale.domain).map((mark) => ({...mark, name}))},
      mark: {type: 'point', filled: true, opacity: 1},
      encoding: {
        ...encoding,
        shape: {field: 'shape', type: 'nominal', scale: null},
        size: {condition: {test: "datum.shape == 'circle'", value: dot}, value: MARK_SIZE.outside},
      },
    },
  ];
}

/** Colours and dashes under one legend in the order of `lines`, without those of which nothing is drawn: beside the panel, or `above` units over one of a narrow picture. */
export function legendOf(
  picture: Picture,
  lines: readonly (readonly [name: LineName, points: readonly Point[]])[],
  {target, above = 4}: {readonly target?: string; readonly above?: number} = {},
): object {
  const names = lines.filter(([, points]) => hasValue(points)).map(([name]) => name);
  const domain = [...names, ...(target ? [target] : [])];
  const legend = {
    ...(isWide(picture) ? {orient: 'right', offset: LEGEND.offset} : {orient: 'top', offset: above, labelFontSize: 13}),
    symbolType: 'stroke',
    symbolSize: LEGEND.symbol ** 2,
    symbolStrokeWidth: 3,
  };
  const entry = (range: readonly unknown[]) => ({
    field: 'name',
    type: 'nominal',
    title: null,
    scale: {domain, range},
    legend: domain.length > 0 ? legend : null,
  });
  return {
    color: entry([...names.map((name) => COLORS[name]), ...(target ? [COLORS.target] : [])]),
    strokeDash: entry([...names.map((name) => DASHES[name]), ...(target ? [DASHES.target] : [])]),
  };
}

/**
 * Says in the middle of a panel what has no value that could be drawn; nothing where that is nothing.
 * @param panel - in units
 */
export function notFiniteNote(
  panel: {readonly width: number; readonly height: number},
  lines: readonly (readonly [points: readonly Point[], name: string])[],
): Layer[] {
  const missing = lines.filter(([points]) => points.length > 0 && !hasValue(points));
  if (missing.length === 0) return [];
  const text = `all ${missing.map(([, name]) => name).join(' and ')} are NaN or infinite`;
  const halo = {stroke: 'white', strokeWidth: 6, strokeJoin: 'round'};
  // Lines that lie behind the text do not strike it through.
  return [halo, {}].map((more) => ({
    data: {values: [{text}]},
    mark: {type: 'text', fontSize: LEGEND.fontSize, color: COLORS.text, ...more},
    encoding: {
      x: {value: panel.width / 2},
      y: {value: panel.height / 2},
      text: {field: 'text', type: 'nominal'},
    },
  }));
}
