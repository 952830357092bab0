import type {TopLevelSpec} from 'vega-lite';
import {drawnName} from './drawn-name.js';
import {isWide, type Picture, SCREEN} from './picture.js';
import {rangeOf} from './reduce.js';
import {labelLines} from './short-label.js';
import {CHARACTER, COLORS, CONFIG, SCHEMA, titleOf} from './style.js';

/** A parameter that runs differ in. */
export interface DrawnParameter {
  readonly name: string;
  /** Its value in each run: all numbers, or texts. */
  readonly values: readonly (number | string)[];
}

/** A metric of several runs against what they differ in. */
export interface DrawnOutcomes {
  readonly title: string;
  /** Default: none. */
  readonly subtitle?: string | undefined;
  /** Title of the axis. */
  readonly metric: string;
  /** One for each run, finite. */
  readonly outcomes: readonly number[];
  /** At least one. */
  readonly parameters: readonly DrawnParameter[];
  /** The name of a signal with the index of a run whose points stand out, -1 at first; default: there is none. */
  readonly marked?: string;
}

const SPACING = 28;
const PANEL = {height: 220, text: 62};
const MARGIN = {left: 16, right: 28, top: 16, bottom: 12};
/** What the axis of the metric takes of the first panel of a row. */
const AXIS = 75;
const POINT = {size: 55, opacity: 0.55};
const MARKED = {size: 200, opacity: 1};
/** A parameter's axis is logarithmic where its largest value is so many times the least. */
const LOG_RATIO = 20;
/** Different numbers that each have a line at their median. */
const MOST_MEDIANS = 12;
/** Length of the line at a median, and the least between it and the frame. */
const MEDIAN = 34;
const CLEAR = 6;
const LABEL = {fontSize: 13, line: 15, offset: 12, lines: 3};
/** The least width of a label of a text: of more texts than that leaves room for some have none. */
const LEAST_LABEL = 44;

function columnsOf(count: number, picture: Picture): number {
  return Math.min(count, isWide(picture) ? 3 : 1);
}

/** The picture that all panels fit in: on a screen as high as they need. */
export function parametersPicture({parameters}: DrawnOutcomes, picture: Picture = SCREEN): Picture {
  const rows = Math.ceil(parameters.length / columnsOf(parameters.length, picture));
  return {...picture, height: rows * (PANEL.height + PANEL.text + (LABEL.lines - 1) * LABEL.line) + 70};
}

/**
 * A metric against each parameter as small multiples: a point for each run, and a short line at the median of the runs with the same
 * value. Numbers that lie far apart are on a logarithmic axis. Another `config` may give its styles `outcome`, `median` and `label` other colours.
 */
export function parametersChart(drawn: DrawnOutcomes, picture: Picture = SCREEN): TopLevelSpec {
  const {title, subtitle, parameters, marked} = drawn;
  const columns = columnsOf(parameters.length, picture);
  const width = Math.round((picture.width - MARGIN.left - MARGIN.right - AXIS - (columns - 1) * SPACING) / columns);
  return {
    $schema: SCHEMA,
    title: {...titleOf(title, picture), ...(subtitle && {subtitle})},
    padding: MARGIN,
    spacing: SPACING,
    ...(marked && {params: [{name: marked, value: -1}]}),
    config: {
      ...CONFIG,
      style: {outcome: {color: COLORS.validation}, median: {color: COLORS.rate}, label: {color: COLORS.text}},
    } as never,
    columns,
    // Only the first panel of a row has an axis on its left.
    align: 'each',
    concat: parameters.map((parameter, i) => panel(parameter, drawn, {width, isFirst: i % columns === 0})),
  } as TopLevelSpec;
}

function panel(
  {name, values: own}: DrawnParameter,
  {metric, outcomes, marked}: DrawnOutcomes,
  {width, isFirst}: {readonly width: number; readonly isFirst: boolean},
): object {
  const values = own.map((value) => (typeof value === 'number' ? value : drawnName(value)));
  const isOfNumbers = values.every((value) => typeof value === 'number');
  const labels = isOfNumbers ? [] : labelsOf(values.map(String), width);
  const x = isOfNumbers ? numberAxis(drawnName(name), values, width) : textAxis(drawnName(name), values, labels);
  const points = outcomes.map((outcome, i) => ({value: values[i]!, outcome, run: i}));
  const y = {
    field: 'outcome',
    type: 'quantitative',
    title: isFirst ? metric : null,
    scale: {domain: paddedRange(outcomes), nice: false},
    axis: {tickCount: 5, labels: isFirst, ticks: isFirst, labelFontSize: LABEL.fontSize},
  };
  return {
    width,
    height: PANEL.height,
    layer: [
      {
        data: {values: points},
        mark: {type: 'point', filled: true, style: 'outcome', ...POINT},
        encoding: {
          x,
          y,
          ...(marked ? markedPoints(marked) : pointTooltip(name, metric)),
        },
      },
      ...medianLayer(points, {x, y, width}),
      ...(labels.length > 0 ? [labelLayer(labels, x)] : []),
    ],
  };
}

function pointTooltip(name: string, metric: string): object {
  return {
    tooltip: [
      {field: 'value', title: name},
      {field: 'outcome', title: metric},
    ],
  };
}

function markedPoints(signal: string): object {
  const where = (value: number, otherwise: number) => ({
    condition: {test: `datum.run === ${signal}`, value},
    value: otherwise,
  });
  return {size: where(MARKED.size, POINT.size), opacity: where(MARKED.opacity, POINT.opacity)};
}

/** @param share - of the range that is added at both ends */
function paddedRange(values: readonly number[], share = 0.06): [low: number, high: number] {
  const [low, high] = rangeOf(values);
  const padding = share * (high - low || Math.abs(high) || 1);
  return [low - padding, high + padding];
}

function numberAxis(title: string, values: readonly number[], width: number): object {
  const [low, high] = rangeOf(values);
  const isLog = low > 0 && high / low >= LOG_RATIO;
  const share = (MEDIAN / 2 + CLEAR) / (width - MEDIAN - 2 * CLEAR);
  const [left, right] = isLog ? paddedRange(values.map(Math.log), share).map(Math.exp) : paddedRange(values, share);
  const isSmall = Math.max(Math.abs(low), Math.abs(high)) < 0.01 || isLog;
  return {
    field: 'value',
    type: 'quantitative',
    title,
    scale: {type: isLog ? 'log' : 'linear', domain: [left, right], nice: false},
    axis: {
      ...ticksOf(values, width),
      labelFontSize: LABEL.fontSize,
      labelOverlap: true,
      format: isSmall ? '~e' : '~r',
    },
  };
}

/** A tick at each of a few integers, else as many as there is room for. */
function ticksOf(values: readonly number[], width: number): object {
  const different = [...new Set(values)];
  if (different.length <= 5) return {values: different};
  return {tickCount: Math.max(2, Math.floor(width / 90))};
}

/** The label of a text below its place. */
interface TextLabel {
  readonly value: string;
  readonly lines: readonly string[];
}

/** Labels in lines that there is room for beside one another; of very many texts only some have one. */
function labelsOf(values: readonly string[], width: number): TextLabel[] {
  const texts = [...new Set(values)];
  const every = Math.ceil((texts.length * LEAST_LABEL) / width);
  const most = Math.floor((every * width) / texts.length / (CHARACTER.regular * LABEL.fontSize));
  return texts.flatMap((value, i) => (i % every === 0 ? [{value, lines: labelLines(value, most, LABEL.lines)}] : []));
}

/** Its labels are texts of the panel: an axis has none of several lines that the pointer shows whole. */
function textAxis(title: string, values: readonly (number | string)[], labels: readonly TextLabel[]): object {
  const lines = Math.max(1, ...labels.map((label) => label.lines.length));
  return {
    field: 'value',
    type: 'nominal',
    title,
    sort: null,
    scale: {domain: [...new Set(values)]},
    axis: {labels: false, titlePadding: LABEL.offset + lines * LABEL.line},
  };
}

function labelLayer(labels: readonly TextLabel[], x: object): object {
  return {
    data: {values: labels.map(({value, lines}) => ({value, text: lines.join('\n')}))},
    mark: {
      type: 'text',
      style: 'label',
      fontSize: LABEL.fontSize,
      lineBreak: '\n',
      lineHeight: LABEL.line,
      baseline: 'top',
      y: 'height',
      dy: LABEL.offset,
    },
    encoding: {x, text: {field: 'text', type: 'nominal'}, tooltip: {field: 'value', type: 'nominal'}},
  };
}

function medianLayer(
  points: readonly {readonly value: number | string; readonly outcome: number}[],
  {x, y, width}: {readonly x: object; readonly y: object; readonly width: number},
): object[] {
  const different = new Set(points.map(({value}) => value)).size;
  if (different > MOST_MEDIANS) return [];
  const size = Math.min(MEDIAN, Math.round((0.7 * width) / different));
  return [
    {
      data: {values: points},
      mark: {type: 'tick', orient: 'horizontal', thickness: 2.5, size, style: 'median'},
      encoding: {x, y: {...y, aggregate: 'median'}},
    },
  ];
}
