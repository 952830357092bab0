import type {ParallelAxis, ParallelValue} from './parallel-axes.js';
import {shortLabel} from './short-label.js';

/** A run as a line through its values. */
export interface ParallelLine {
  readonly id: string;
  /** One for each axis. */
  readonly values: readonly ParallelValue[];
  readonly color: string;
  /** From 0 to 1. */
  readonly opacity: number;
}

/** What parallel coordinates are drawn with. */
export interface ParallelLook {
  /** Of the picture, in units. */
  readonly width: number;
  /** Of labels, in units. */
  readonly fontSize: number;
  /** Width of a letter of a label, in units. */
  readonly letter: number;
  readonly ink: string;
  readonly axis: string;
  readonly ground: string;
}

/** How much wider a letter of the names, which are bold, is than one of a label. */
const BOLD = 1.09;
/** How far a label stands from its axis. */
const GAP = 7;
/** Characters of a label of the first axis and of the last one, which stand outside of all lines. */
const MOST_OUTSIDE = 16;
/** The least that two axes stand apart, in letters. */
const LEAST_APART = 13;

/** Where axes stand, and what their texts have room for. */
interface Layout {
  /** What the labels of the first axis take on the left, of the last one on the right. */
  readonly outside: readonly [left: number, right: number];
  readonly apart: number;
  /** Whether every second name is on a line of its own, above the others. */
  readonly isStaggered: boolean;
}

/** The least width at which the texts of axes can be told apart. */
export function parallelWidth(axes: readonly ParallelAxis[], letter: number): number {
  const [left, right] = outsideOf(axes, letter);
  return left + right + (axes.length - 1) * LEAST_APART * letter;
}

/**
 * The parts of a chart of parallel coordinates: each run a line through its values. The signal `readRun` names a run that stands out.
 * Long texts are shortened in their middle; the pointer shows them whole.
 */
export function parallelParts(
  axes: readonly ParallelAxis[],
  lines: readonly ParallelLine[],
  look: ParallelLook,
): {readonly params: object[]; readonly encoding: object; readonly layer: object[]} {
  const x = {field: 'axis', type: 'quantitative', scale: {domain: [0, axes.length - 1], nice: false}, axis: null};
  const layout = layoutOf(axes, look);
  return {
    params: [{name: 'readRun', value: null}],
    encoding: {x},
    layer: [
      axisLayer(axes, look),
      lineLayer(axes, lines),
      ...nameLayers(axes, layout, look),
      ...labelLayers(axes, layout, look),
    ],
  };
}

function outsideOf(axes: readonly ParallelAxis[], letter: number): [left: number, right: number] {
  const room = ({labels}: ParallelAxis) =>
    GAP + letter * Math.max(0, ...labels.map(({text}) => shortLabel(text, MOST_OUTSIDE).length));
  return [room(axes[0]!), room(axes.at(-1)!)];
}

function layoutOf(axes: readonly ParallelAxis[], {width, letter}: ParallelLook): Layout {
  const outside = outsideOf(axes, letter);
  const apart = (width - outside[0] - outside[1]) / Math.max(1, axes.length - 1);
  const plain = {outside, apart, isStaggered: false};
  const fits = ({name}: ParallelAxis, i: number) => name.length <= nameRoom(axes, i, plain, letter);
  return {...plain, isStaggered: !axes.every(fits)};
}

/** Characters of an axis's name: those of the first and the last axis begin and end with the picture. */
function nameRoom(
  axes: readonly ParallelAxis[],
  axis: number,
  {outside, apart, isStaggered}: Layout,
  letter: number,
): number {
  const levels = isStaggered ? 2 : 1;
  const own = Math.max(4, Math.floor((levels * apart) / (letter * BOLD)) - 1);
  const last = axes.length - 1;
  if (axis > 0 && axis < last) return own;
  const beside = axes[axis === 0 ? levels : last - levels];
  const taken = Math.min(own, beside?.name.length ?? 0) / 2 + 1;
  return Math.max(4, Math.floor((outside[axis === 0 ? 0 : 1] + levels * apart) / (letter * BOLD) - taken));
}

const PLACE = {field: 'place', type: 'quantitative', scale: {domain: [0, 1], nice: false}, axis: null};
const WHOLE = {field: 'whole', type: 'nominal'};

function axisLayer(axes: readonly ParallelAxis[], look: ParallelLook): object {
  return {
    data: {values: axes.map((_, axis) => ({axis}))},
    mark: {type: 'rule', color: look.axis},
    encoding: {y: {value: 0}, y2: {value: {expr: 'height'}}},
  };
}

function lineLayer(axes: readonly ParallelAxis[], lines: readonly ParallelLine[]): object {
  const points = lines.flatMap(({id, values, color, opacity}) =>
    axes.map(({placeOf}, axis) => ({id, axis, place: placeOf(values[axis] ?? null), color, opacity})),
  );
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

function nameLayers(axes: readonly ParallelAxis[], layout: Layout, look: ParallelLook): object[] {
  const {ink, fontSize, letter} = look;
  const last = axes.length - 1;
  return axes.map(({name}, axis) => {
    const [align, dx] =
      axis === 0 ? ['left', -layout.outside[0]] : axis === last ? ['right', layout.outside[1]] : ['center', 0];
    const dy = -10 - (layout.isStaggered && axis % 2 === 1 ? 1.4 * fontSize : 0);
    const text = shortLabel(name, nameRoom(axes, axis, layout, letter));
    return {
      data: {values: [{axis, text, whole: name}]},
      mark: {type: 'text', fontSize, align, dx, dy, baseline: 'bottom', color: ink, fontWeight: 'bold'},
      encoding: {y: {value: 0}, text: {field: 'text', type: 'nominal'}, tooltip: WHOLE},
    };
  });
}

/** Labels between the first axis and the last one have the ground around them, since lines pass there. */
function labelLayers(axes: readonly ParallelAxis[], {apart}: Layout, look: ParallelLook): object[] {
  const last = axes.length - 1;
  const inside = Math.max(3, Math.floor((apart - 2 * GAP) / look.letter));
  const labelsOf = (isWanted: (axis: number) => boolean) =>
    axes.flatMap(({labels}, axis) => {
      const most = axis === 0 || axis === last ? MOST_OUTSIDE : inside;
      const texts = labels.map(({place, text}) => ({axis, place, text: shortLabel(text, most), whole: text}));
      return isWanted(axis) ? texts : [];
    });
  const layer = (isWanted: (axis: number) => boolean, mark: object) => ({
    data: {values: labelsOf(isWanted)},
    mark: {type: 'text', fontSize: look.fontSize, color: look.ink, ...mark},
    encoding: {y: PLACE, text: {field: 'text', type: 'nominal'}, tooltip: WHOLE},
  });
  const right = {align: 'left', dx: GAP};
  const isWithin = (axis: number) => axis > 0 && axis < last;
  return [
    layer((axis) => axis === 0, {align: 'right', dx: -GAP}),
    layer(isWithin, {...right, stroke: look.ground, strokeWidth: 7, strokeJoin: 'round'}),
    layer(isWithin, right),
    layer((axis) => axis === last && last > 0, right),
  ];
}
