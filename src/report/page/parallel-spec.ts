import type {RunReport} from '../report-data.js';
import {exact, short} from './format.js';
import {differingKeys, shortKey} from './run-columns.js';
import type {Palette} from './theme.js';

/** An axis of the chart: a hyperparameter, or the best value. */
export interface ParallelAxis {
  readonly name: string;
  /** Where a run's value lies, from 0 to 1; null where it has none. */
  readonly placeOf: (run: RunReport) => number | null;
  /** A run's value in full. */
  readonly textOf: (run: RunReport) => string;
  /** Its labels and where they stand. */
  readonly labels: readonly {readonly place: number; readonly text: string}[];
}

/** Axes that are legible beside one another. */
const MOST_AXES = 8;

/** The axes of runs: the hyperparameters in which they differ, then the best value. Fewer than two: there is nothing to see. */
export function parallelAxes(runs: readonly RunReport[]): ParallelAxis[] {
  const keys = differingKeys(runs).slice(0, MOST_AXES - 1);
  const metric = runs.find(({target}) => target)?.target?.metric ?? 'best value';
  return [
    ...keys.map((key) => axisOf(shortKey(key), runs, ({hyperparameters}) => hyperparameters[key] ?? null)),
    axisOf(`best ${metric}`, runs, ({best}) => best?.value ?? null),
  ];
}

type Value = string | number | boolean | null;

function axisOf(name: string, runs: readonly RunReport[], cellOf: (run: RunReport) => Value): ParallelAxis {
  const values = runs.map(cellOf).filter((value) => value !== null);
  const textOf = (run: RunReport): string => {
    const value = cellOf(run);
    return value === null || typeof value === 'number' ? exact(value) : String(value);
  };
  return values.every((value) => typeof value === 'number')
    ? {...numericAxis(name, values, cellOf), textOf}
    : {...namedAxis(name, values, cellOf), textOf};
}

/** Logarithmic where the values lie far apart. */
function numericAxis(
  name: string,
  values: readonly number[],
  cellOf: (run: RunReport) => Value,
): Omit<ParallelAxis, 'textOf'> {
  const [low, high] = [
    values.reduce((a, b) => Math.min(a, b), Infinity),
    values.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const isLog = low > 0 && high / low >= 20;
  const scaled = (value: number) => (isLog ? Math.log(value) : value);
  const span = scaled(high) - scaled(low);
  const place = (value: number) => (span > 0 ? (scaled(value) - scaled(low)) / span : 0.5);
  const middle = isLog ? Math.sqrt(low * high) : (low + high) / 2;
  const different = [...new Set(values)].sort((a, b) => a - b);
  const shown = different.length > MOST_LABELS ? [low, middle, high] : apart(different, place);
  return {
    name,
    placeOf(run) {
      const value = cellOf(run);
      return typeof value === 'number' ? place(value) : null;
    },
    labels: shown.map((value) => ({place: place(value), text: numberText(value)})),
  };
}

const numberText = (value: number) => (Math.abs(value) < 1e4 ? String(Number(value.toPrecision(3))) : short(value));

/** Different values that are all labels. */
const MOST_LABELS = 5;
/** The share of the axis that two labels stand apart. */
const APART = 0.07;

/** Values without those that would be too near to the one before, or to the last one. */
function apart(values: readonly number[], place: (value: number) => number): number[] {
  const kept: number[] = [];
  for (const [i, value] of values.entries()) {
    const isLast = i === values.length - 1;
    const isFar = (other: number) => Math.abs(place(value) - place(other)) >= APART;
    if (isLast || (isFar(values.at(-1)!) && (kept.length === 0 || isFar(kept.at(-1)!)))) kept.push(value);
  }
  return kept;
}

function namedAxis(
  name: string,
  values: readonly Value[],
  cellOf: (run: RunReport) => Value,
): Omit<ParallelAxis, 'textOf'> {
  const names = [...new Set(values.map(String))].sort();
  const place = (value: string) => (names.length > 1 ? names.indexOf(value) / (names.length - 1) : 0.5);
  return {
    name,
    placeOf(run) {
      const value = cellOf(run);
      return value === null ? null : place(String(value));
    },
    labels:
      names.length > 12
        ? []
        : names.map((text) => ({place: place(text), text: text.length > 18 ? `${text.slice(0, 17)}…` : text})),
  };
}

export interface ParallelDrawing {
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
  /** Which runs are not dimmed. */
  readonly isShown: (run: RunReport) => boolean;
  readonly colorOf: (run: RunReport) => string;
  readonly isAlone: boolean;
}

/** Every run as a line through its hyperparameters to its best value. */
export function parallelSpec(
  runs: readonly RunReport[],
  axes: readonly ParallelAxis[],
  drawing: ParallelDrawing,
): object {
  const {palette, width, height, isAlone} = drawing;
  const x = {field: 'axis', type: 'quantitative', scale: {domain: [0, axes.length - 1], nice: false}, axis: null};
  return {
    width,
    height,
    padding: isAlone ? 24 : {left: 4, right: 4, top: 4, bottom: 8},
    autosize: {type: 'fit', contains: 'padding'},
    ...(isAlone && {
      title: {text: 'Hyperparameters and best values', anchor: 'start', fontSize: 15, color: palette.ink},
    }),
    config: {
      background: isAlone ? palette.ground : 'transparent',
      font: 'system-ui, sans-serif',
      aria: false,
      view: {stroke: null},
    },
    params: [{name: 'readRun', value: null}],
    encoding: {x},
    layer: [
      axisLayer(axes, palette),
      runLayer(runs, axes, drawing),
      ...nameLayers(axes, palette),
      ...labelLayers(axes, palette),
    ],
  };
}

/** Pixels of a letter of a label, and how far a label stands from its axis. */
const LABEL = {letter: 6.5, gap: 7};

/** Pixels that the labels of the first axis and of the last one take outside, where no line crosses them. */
export function labelRoom(axes: readonly ParallelAxis[]): number {
  return [axes[0]!, axes.at(-1)!]
    .map(({labels}) => LABEL.gap + LABEL.letter * Math.max(0, ...labels.map(({text}) => text.length)))
    .reduce((a, b) => a + b);
}

const PLACE = {field: 'place', type: 'quantitative', scale: {domain: [0, 1], nice: false}, axis: null};
const TEXT = {type: 'text', fontSize: 11.5} as const;

function axisLayer(axes: readonly ParallelAxis[], palette: Palette): object {
  return {
    data: {values: axes.map((_, axis) => ({axis}))},
    mark: {type: 'rule', color: palette.axis},
    encoding: {y: {value: 0}, y2: {value: {expr: 'height'}}},
  };
}

function runLayer(runs: readonly RunReport[], axes: readonly ParallelAxis[], drawing: ParallelDrawing): object {
  const points = runs.flatMap((run) => {
    const look = {color: drawing.colorOf(run), opacity: drawing.isShown(run) ? 0.85 : 0.15};
    return axes.map((axis, i) => ({id: run.id, axis: i, place: axis.placeOf(run), ...look}));
  });
  return {
    data: {values: points},
    mark: {type: 'line', invalid: 'break-paths-show-domains', interpolate: 'monotone'},
    encoding: {
      y: PLACE,
      detail: {field: 'id'},
      color: {field: 'color', type: 'nominal', scale: null},
      opacity: {
        condition: [
          {test: 'readRun === datum.id', value: 1},
          {test: 'readRun !== null', value: 0.15},
        ],
        field: 'opacity',
        type: 'quantitative',
        scale: null,
      },
      strokeWidth: {condition: {test: 'readRun === datum.id', value: 3.5}, value: 1.75},
    },
  };
}

/** The names of the axes; those of the first and the last one stay within the picture. */
function nameLayers(axes: readonly ParallelAxis[], palette: Palette): object[] {
  const alignOf = (axis: number) => (axis === 0 ? 'left' : axis === axes.length - 1 ? 'right' : 'center');
  const names = axes.map(({name}, axis) => ({axis, name, align: alignOf(axis)}));
  return ['left', 'center', 'right'].map((align) => ({
    data: {values: names.filter((name) => name.align === align)},
    mark: {...TEXT, align, baseline: 'bottom', dy: -10, color: palette.ink, fontWeight: 'bold'},
    encoding: {y: {value: 0}, text: {field: 'name'}},
  }));
}

/** Labels between the first axis and the last one have the ground around them, since lines pass there. */
function labelLayers(axes: readonly ParallelAxis[], palette: Palette): object[] {
  const last = axes.length - 1;
  const labelsOf = (isWanted: (axis: number) => boolean) =>
    axes.flatMap(({labels}, axis) => (isWanted(axis) ? labels.map((label) => ({...label, axis})) : []));
  const layer = (isWanted: (axis: number) => boolean, mark: object) => ({
    data: {values: labelsOf(isWanted)},
    mark: {...TEXT, color: palette.ink, ...mark},
    encoding: {y: PLACE, text: {field: 'text'}},
  });
  const right = {align: 'left', dx: LABEL.gap};
  const isWithin = (axis: number) => axis > 0 && axis < last;
  return [
    layer((axis) => axis === 0, {align: 'right', dx: -LABEL.gap}),
    layer(isWithin, {...right, stroke: palette.ground, strokeWidth: 4, strokeJoin: 'round'}),
    layer(isWithin, right),
    layer((axis) => axis === last && last > 0, right),
  ];
}
