import type {TopLevelSpec} from 'vega-lite';
import {drawnName} from './drawn-name.js';
import {isWide, type Picture, SCREEN} from './picture.js';
import {CHARACTER, COLORS, CONFIG, DASHES, SCHEMA, titleOf} from './style.js';

/** A submission's time to the target of a workload. */
export interface DrawnTime {
  readonly submission: string;
  /** Seconds or steps; Infinity: not reached. */
  readonly time: number;
  /** Absent: there is none. An end may be Infinity. */
  readonly interval?: {readonly low: number; readonly high: number};
}

/** What bars are drawn of. */
export interface TargetTimesOptions {
  /** By workload, all with the same submissions in the same order: the first is the uppermost. */
  readonly workloads: readonly {readonly name: string; readonly times: readonly DrawnTime[]}[];
  readonly by: 'time' | 'steps';
}

/** Of bars that count, light enough for an interval to be seen on them; those that don't are outlines. */
const FILL = '#56b4e9';
const BAR = 20;
const PANEL = {least: 60, title: 60, spacing: 22};
/** How many times the fastest a time may be. */
const MOST_RATIO = 4;
const NAME_SIZE = 13;
const LONGEST_NAME = 34;

/** The picture that all bars fit in: as high as they need. */
export function targetTimesPicture({workloads}: TargetTimesOptions, picture: Picture = SCREEN): Picture {
  const rows = Math.ceil(workloads.length / columnsOf(workloads.length, picture));
  const bars = workloads[0]?.times.length ?? 0;
  return {...picture, height: rows * (panelHeight(bars) + PANEL.title + PANEL.spacing) + 80};
}

const panelHeight = (bars: number) => Math.max(PANEL.least, bars * BAR);

function columnsOf(workloads: number, picture: Picture): number {
  return Math.max(1, Math.min(workloads, isWide(picture) ? 3 : 1));
}

/**
 * Times to target as bars, a panel for each workload, with intervals where there are some. A dashed line is at four times the fastest:
 * what is beyond it does not count, and is an outline. An interval that ends at the edge is infinite.
 */
export function targetTimesChart(options: TargetTimesOptions, picture: Picture = SCREEN): TopLevelSpec {
  const {workloads, by} = options;
  const columns = columnsOf(workloads.length, picture);
  const names = workloads[0]?.times.map(({submission}) => submission) ?? [];
  const nameWidth =
    Math.min(LONGEST_NAME, Math.max(0, ...names.map((name) => name.length))) * NAME_SIZE * CHARACTER.regular;
  const width = Math.round((picture.width - nameWidth - 60 - (columns - 1) * PANEL.spacing) / columns);
  return {
    $schema: SCHEMA,
    title: titleOf(`${by === 'time' ? 'Seconds' : 'Steps'} to Target`, picture),
    padding: {left: 16, right: 24, top: 16, bottom: 12},
    spacing: PANEL.spacing,
    config: CONFIG as never,
    columns,
    concat: workloads.map((workload, i) => panel(workload, {width, isFirst: i % columns === 0})),
  } as TopLevelSpec;
}

function panel(
  {name, times: drawn}: TargetTimesOptions['workloads'][number],
  {width, isFirst}: {readonly width: number; readonly isFirst: boolean},
): object {
  const times = drawn.map((each) => ({...each, submission: drawnName(each.submission)}));
  const fastest = Math.min(...times.map(({time}) => time));
  const limit = MOST_RATIO * fastest;
  const bars = times.filter(({time}) => Number.isFinite(time));
  const top = Math.max(
    ...bars.flatMap(({time, interval}) => [time, interval && Number.isFinite(interval.high) ? interval.high : time]),
    0,
  );
  const y = submissionAxis(times, isFirst);
  const x = timeAxis(top, width);
  return {
    width,
    height: panelHeight(times.length),
    title: {text: drawnName(name), fontSize: 15, anchor: 'start', offset: 6, limit: width},
    layer: [
      {
        data: {
          values: bars.map(({submission, time}) => ({submission, time, ...barColors(time > limit)})),
        },
        mark: {type: 'bar', height: {band: 0.7}, strokeWidth: 1},
        encoding: {
          y,
          x: {...x, field: 'time'},
          color: {field: 'fill', type: 'nominal', scale: null},
          stroke: {field: 'stroke', type: 'nominal', scale: null},
        },
      },
      ...intervalLayer(bars, {x, y, end: endOf(top)}),
      ...missedLayer(times, y),
      ...(limit <= endOf(top) ? [limitLayer(limit, x)] : []),
    ],
  };
}

/** Where the axis of times ends. */
function endOf(top: number): number {
  return top === 0 ? 1 : top * 1.04;
}

function submissionAxis(times: readonly DrawnTime[], isFirst: boolean): object {
  const labelLimit = LONGEST_NAME * NAME_SIZE * CHARACTER.regular;
  return {
    field: 'submission',
    type: 'nominal',
    sort: null,
    title: null,
    scale: {domain: times.map(({submission}) => submission)},
    axis: {labels: isFirst, ticks: false, grid: false, labelFontSize: NAME_SIZE, labelLimit},
  };
}

/** @param top - the longest time drawn; 0: no time is drawn, and the axis has no numbers */
function timeAxis(top: number, width: number): object {
  const isThere = {labels: top > 0, ticks: top > 0, grid: top > 0};
  const axis = {tickCount: Math.max(2, Math.floor(width / 90)), format: ',~r', labelFontSize: 13, labelFlush: true};
  return {
    type: 'quantitative',
    title: null,
    scale: {domain: [0, endOf(top)], nice: false},
    axis: {...axis, ...isThere},
  };
}

function barColors(isTooSlow: boolean): {readonly fill: string; readonly stroke: string} {
  return isTooSlow ? {fill: 'white', stroke: COLORS.boundary} : {fill: FILL, stroke: COLORS.validation};
}

interface Axes {
  readonly x: object;
  readonly y: object;
}

function intervalLayer(bars: readonly DrawnTime[], {x, y, end}: Axes & {readonly end: number}): object[] {
  const drawn = bars.filter(({interval}) => interval && interval.low < interval.high);
  if (drawn.length === 0) return [];
  const values = drawn.map(({submission, interval}) => ({
    submission,
    low: interval!.low,
    high: Math.min(interval!.high, end),
  }));
  return [
    {
      data: {values},
      mark: {type: 'rule', strokeWidth: 2, color: COLORS.text},
      encoding: {y, x: {...x, field: 'low'}, x2: {field: 'high'}},
    },
  ];
}

function missedLayer(times: readonly DrawnTime[], y: object): object[] {
  const missed = times.filter(({time}) => !Number.isFinite(time));
  if (missed.length === 0) return [];
  return [
    {
      data: {values: missed.map(({submission}) => ({submission, text: 'not reached'}))},
      mark: {type: 'text', align: 'left', dx: 4, fontSize: 12, color: COLORS.quiet},
      encoding: {y, x: {value: 0}, text: {field: 'text', type: 'nominal'}},
    },
  ];
}

function limitLayer(limit: number, x: object): object {
  return {
    data: {values: [{limit}]},
    mark: {type: 'rule', strokeDash: DASHES.boundary, strokeWidth: 1.5, color: COLORS.boundary},
    encoding: {x: {...x, field: 'limit'}},
  };
}
