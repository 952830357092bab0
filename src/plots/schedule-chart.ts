import type {TopLevelSpec} from 'vega-lite';
import type {DrawnCycle, DrawnSchedule} from '../contract/index.js';
import {type CycleLabel, cycleLabels, type Extent, isWithin, shapesInWords} from './cycle-labels.js';
import {orderedLine} from './ordered-line.js';
import {type Point, rangeOf} from './reduce.js';
import {scheduleLine} from './schedule-line.js';
import {COLORS, CONFIG, HEIGHT, rateLabels, SCHEMA, STEP_LABELS, titleSize, WIDTH} from './style.js';

const PADDING = {left: 16, right: 36, top: 16, bottom: 16};
/** What padding and the rates' axis leave. */
const PLOT_WIDTH = WIDTH - 140;
/** Width of the white around a label. */
const HALO = 8;
/** A boundary has a rule if a cycle beside it is this wide; rules closer to each other would be all that one sees. */
const RULE_DISTANCE = 2;
/** Where the labels of the cycles are above the line, as multiples of its top. */
const HEADROOM = {belowLabels: 1.03, labels: 1.07, all: 1.14};

/** What the layers of a schedule's picture share. */
interface Frame {
  readonly cycles: readonly DrawnCycle[];
  readonly labels: readonly CycleLabel[];
  readonly extent: Extent;
  /** The range of the learning rates, 0 included. */
  readonly bottom: number;
  readonly top: number;
  readonly x: object;
}

/**
 * The picture of a learning-rate schedule: one line, a dashed rule at each boundary, each cycle's shape above it. What
 * does not fit above a narrow cycle is in the subtitle, by the cycle's number.
 * @param name - of the run or the config that it belongs to, for the title
 */
export function scheduleChart(schedule: DrawnSchedule, name?: string): TopLevelSpec {
  const title = ['Learning Rate Schedule', ...(name === undefined ? [] : [name])].join(': ');
  const line = scheduleLine(schedule);
  const frame = frameOf(schedule, line);
  const subtitle = shapesInWords(frame.cycles, frame.labels, PLOT_WIDTH);
  return {
    $schema: SCHEMA,
    width: WIDTH,
    height: HEIGHT,
    autosize: {type: 'fit', contains: 'padding'},
    padding: PADDING,
    title: {text: title, fontSize: titleSize(title), ...(subtitle.length > 0 ? {subtitle} : {})},
    config: CONFIG as never,
    layer: [boundaryRules(frame), rateLayer(frame, line), ...labelLayers(frame)],
  } as TopLevelSpec;
}

function frameOf({totalSteps, cycles}: DrawnSchedule, line: readonly Point[]): Frame {
  const [lowest, highest] = rangeOf(line.map(({value}) => value));
  const extent = {totalSteps, width: PLOT_WIDTH};
  return {
    cycles,
    labels: cycleLabels(cycles, extent),
    extent,
    bottom: Math.min(0, lowest),
    top: Math.max(0, highest) || 1,
    x: {field: 'step', type: 'quantitative', scale: {domain: [0, totalSteps], nice: false}},
  };
}

/** Up to the top of the picture; where a label is wider than its cycle, up to below the labels. */
function boundaryRules({cycles, labels, extent, bottom, top, x}: Frame): object {
  const areBetweenRules = labels.every((label, i) => label.text === '' || isWithin(label, cycles[i]!, extent));
  const isWide = ({start, end}: DrawnCycle) => ((end - start) * extent.width) / extent.totalSteps >= RULE_DISTANCE;
  const told = cycles.slice(1).filter((cycle, i) => isWide(cycle) || isWide(cycles[i]!));
  return {
    data: {values: told.map(({start}) => ({step: start}))},
    mark: {type: 'rule', strokeDash: [6, 5], color: COLORS.boundary, strokeWidth: 1.5},
    encoding: {
      x,
      y: {datum: top * (areBetweenRules ? HEADROOM.all : HEADROOM.belowLabels), type: 'quantitative'},
      y2: {datum: bottom},
    },
  };
}

function rateLayer({bottom, top, x}: Frame, line: readonly Point[]): object {
  const {data, channels} = orderedLine(line);
  return {
    data,
    mark: {type: 'line', color: COLORS.rate, strokeWidth: 2.5, strokeJoin: 'round'},
    encoding: {
      x: {
        ...x,
        title: 'Global Steps',
        axis: {labelExpr: STEP_LABELS, tickCount: 10, tickMinStep: 1, labelFlush: true},
      },
      y: {
        field: 'value',
        type: 'quantitative',
        title: 'Learning Rate',
        scale: {domain: [bottom, top * HEADROOM.all], nice: false},
        axis: {labelExpr: rateLabels(top), tickCount: 8},
      },
      ...channels,
    },
  };
}

/** The texts above the cycles, twice: the first lies under the second, so that lines of the grid do not run through a label. */
function labelLayers({cycles, labels, top, x}: Frame): object[] {
  const halo = {color: 'white', stroke: 'white', strokeWidth: HALO, strokeJoin: 'round'};
  return [halo, {color: COLORS.text}].map((paint) => ({
    data: {values: cycles.map(({start, end}, i) => ({step: (start + end) / 2, ...labels[i]}))},
    mark: {type: 'text', ...paint, baseline: 'middle', fontWeight: 'bold', limit: PLOT_WIDTH},
    encoding: {
      x,
      y: {datum: top * HEADROOM.labels, type: 'quantitative'},
      text: {field: 'text', type: 'nominal'},
      size: {field: 'fontSize', type: 'quantitative', scale: null, legend: null},
    },
  }));
}
