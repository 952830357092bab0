import {named} from '../../plots/index.js';
import {type Line, type LineChart, strokeOf, xDomain, yDomain} from './line-chart.js';
import type {Palette} from './theme.js';

/** How a chart is drawn. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
  /** With title and legend: on its own, outside of the page. */
  readonly isAlone: boolean;
}

/** Vega's expression for the labels of an axis: `7,813`, `0.25`, `1e-4`. */
const NUMBER_LABELS =
  "format(datum.value, datum.value != 0 && (abs(datum.value) >= 1e6 || abs(datum.value) < 1e-4) ? '~e' : ',~r')";

/** The vega-lite specification of a chart of lines. */
export function lineSpec(drawn: LineChart, drawing: Drawing): object {
  const chart = {...drawn, lines: drawn.lines.map(named)};
  const {palette, isAlone} = drawing;
  const [x, y] = [xDomain(chart), yDomain(chart)];
  return {
    width: drawing.width,
    height: drawing.height,
    padding: isAlone ? 16 : 0,
    autosize: {type: 'fit', contains: 'padding'},
    ...(isAlone && {title: {text: chart.title, anchor: 'start', fontSize: 15, color: palette.ink}}),
    config: configOf(drawing),
    params: [{name: 'lookedAt', value: null}],
    encoding: {
      x: {type: 'quantitative', title: chart.xTitle, scale: {domain: x, nice: false}, axis: xAxis(drawing)},
      y: {
        type: 'quantitative',
        title: chart.yTitle,
        scale: {type: chart.isLog ? 'log' : 'linear', domain: y, nice: false},
        axis: {
          labelExpr: NUMBER_LABELS,
          ...(chart.isLog ? {values: logTicks(y)} : {tickCount: Math.round(drawing.height / 48)}),
        },
      },
    },
    layer: [
      bandLayer(chart, palette, x),
      markLayer(chart, palette),
      ...levelLayers(chart, palette),
      ...lineLayers(chart, drawing),
      cursorLayer(palette, x[0]),
    ],
  };
}

/** The 1, 2 and 5 of each decade; of many decades the 1 alone. */
function logTicks([low, high]: readonly [number, number]): number[] {
  const first = Math.floor(Math.log10(low));
  const decades = Array.from({length: Math.ceil(Math.log10(high)) - first + 1}, (_, i) => first + i);
  const digits = decades.length > 5 ? [1] : [1, 2, 5];
  const ticks = decades.flatMap((decade) => digits.map((digit) => Number(`${digit}e${decade}`)));
  return ticks.filter((tick) => tick >= low && tick <= high);
}

export function configOf({palette, isAlone}: Drawing) {
  const {ink, quiet, grid, axis, ground} = palette;
  return {
    background: isAlone ? ground : 'transparent',
    font: 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
    aria: false,
    view: {stroke: null},
    axis: {
      labelColor: quiet,
      titleColor: quiet,
      gridColor: grid,
      domainColor: axis,
      tickColor: axis,
      labelFontSize: 11.5,
      titleFontSize: 12,
      titleFontWeight: 'normal',
      labelFlush: true,
    },
    axisY: {domain: false, ticks: false, labelPadding: 6, minExtent: 34},
    legend: {
      labelColor: ink,
      labelFontSize: 12,
      title: null,
      symbolType: 'stroke',
      symbolSize: 400,
      orient: 'bottom',
      labelLimit: 0,
    },
  };
}

function xAxis({width}: Drawing): object {
  return {
    labelExpr: NUMBER_LABELS,
    tickCount: Math.max(2, Math.round(width / 110)),
    grid: false,
  };
}

function bandLayer({bands = []}: LineChart, palette: Palette, [low, high]: readonly [number, number]): object {
  const shaded = bands
    .filter((_, i) => i % 2 === 1)
    .map(({start, end}) => ({start: Math.max(start, low), end: Math.min(end, high)}));
  return {
    data: {values: shaded},
    mark: {type: 'rect', color: palette.band, clip: true},
    encoding: {x: {field: 'start'}, x2: {field: 'end'}, y: {value: 0}, y2: {value: {expr: 'height'}}},
  };
}

function markLayer({marks = []}: LineChart, palette: Palette): object {
  return {
    data: {values: marks.map(({x}) => ({x}))},
    mark: {type: 'rule', color: palette.boundary, strokeDash: [2, 3], clip: true},
    encoding: {x: {field: 'x'}, y: {value: 0}, y2: {value: {expr: 'height'}}},
  };
}

function levelLayers({levels = []}: LineChart, palette: Palette): object[] {
  if (levels.length === 0) return [];
  const data = {values: levels};
  return [
    {
      data,
      mark: {type: 'rule', color: palette.target, strokeDash: [6, 4], strokeWidth: 1.5, clip: true},
      encoding: {y: {field: 'y'}, x: {value: 0}, x2: {value: {expr: 'width'}}},
    },
    {
      data,
      mark: {type: 'text', color: palette.target, align: 'right', baseline: 'bottom', dy: -3, dx: -2, fontSize: 11.5},
      encoding: {y: {field: 'y'}, x: {value: {expr: 'width'}}, text: {field: 'label'}},
    },
  ];
}

function lineLayers(chart: LineChart, drawing: Drawing): object[] {
  const {lines, isLog} = chart;
  const strokes = lines.map((line) => strokeOf(line, drawing.palette));
  const names = lines.map(({name}) => name);
  const legend = drawing.isAlone && lines.length > 1 ? {columns: Math.max(1, Math.floor(drawing.width / 180))} : null;
  const scaled = (range: readonly unknown[]) => ({field: 'n', type: 'nominal', scale: {domain: names, range}, legend});
  const channels = {
    x: {field: 'x'},
    y: {field: 'y'},
    order: {field: 'i', type: 'quantitative'},
    color: scaled(strokes.map(({color}) => color)),
  };
  const points = lines.map((line, i) => pointsOf(line, line.y, {isLog, w: strokes[i]!.width}));
  const measured = lines.flatMap((line) => (line.raw ? pointsOf(line, line.raw, {isLog}) : []));
  const alone = points.flatMap(isolated);
  const stroke = {
    strokeDash: scaled(strokes.map(({dash}) => dash)),
    strokeWidth: {field: 'w', type: 'quantitative', scale: null},
  };
  const lone = {type: 'circle', size: 30, opacity: 1, clip: true};
  return [
    ...layerOf(measured, lineMark(chart, {strokeWidth: 1, opacity: 0.3}), channels),
    {data: {values: points.flat()}, mark: lineMark(chart), encoding: {...channels, ...stroke}},
    ...layerOf(alone, lone, channels),
  ];
}

function lineMark({isStepped}: LineChart, more: object = {}): object {
  const interpolate = isStepped ? {interpolate: 'step-after'} : {};
  return {type: 'line', clip: true, strokeJoin: 'round', invalid: 'break-paths-show-domains', ...interpolate, ...more};
}

/** No layer where it has no points. */
function layerOf(values: readonly Point[], mark: object, encoding: object): object[] {
  return values.length > 0 ? [{data: {values}, mark, encoding}] : [];
}

/** A point of a line; without a value, the line has a gap there. */
interface Point {
  readonly n: string;
  readonly x: number;
  readonly y: number | null;
  readonly i: number;
}

/** The values between two gaps, of which a line draws nothing. */
function isolated(points: readonly Point[]): Point[] {
  const isGap = (i: number): boolean => (points[i]?.y ?? null) === null;
  return points.filter((_, i) => !isGap(i) && isGap(i - 1) && isGap(i + 1));
}

function pointsOf({name, x}: Line, y: Line['y'], {isLog, ...more}: {isLog: boolean; w?: number}): Point[] {
  return y.flatMap((value, i) => {
    const at = x[i];
    if (at === null || at === undefined) return [];
    return [{n: name, x: at, y: isLog && value !== null && value <= 0 ? null : value, i, ...more}];
  });
}

function cursorLayer(palette: Palette, start: number): object {
  return {
    data: {values: [{}]},
    mark: {type: 'rule', color: palette.ink, strokeWidth: 1},
    encoding: {
      x: {datum: {expr: `lookedAt === null ? ${start} : lookedAt`}},
      y: {value: 0},
      y2: {value: {expr: 'height'}},
      opacity: {value: {expr: 'lookedAt === null ? 0 : 0.55'}},
    },
  };
}
