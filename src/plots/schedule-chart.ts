import type {TopLevelSpec} from 'vega-lite';
import type {DrawnCycle, DrawnSchedule} from '../contract/index.js';
import {type CycleLabel, cycleLabels, type Extent, isWithin, shapesInWords} from './cycle-labels.js';
import {orderedLine} from './ordered-line.js';
import {type Picture, SCREEN} from './picture.js';
import {type Point, rangeOf} from './reduce.js';
import {scheduleLine} from './schedule-line.js';
import {AXIS_WIDTH, CHARACTER, COLORS, DASHES, panelOf, rateAxis, stepAxis, stepTicksIn, titleOf} from './style.js';

/** Width of the white around a label. */
const HALO = 8;
const LABEL_SIZE = 15;
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
  readonly stepTicks: number;
}

/**
 * The picture of a learning-rate schedule: one line, a dashed rule at each boundary, each cycle's shape above it. What
 * does not fit above a narrow cycle is in the subtitle, by the cycle's number.
 * @param name - of the run or the config that it belongs to, for the title
 */
export function scheduleChart(schedule: DrawnSchedule, name?: string, picture: Picture = SCREEN): TopLevelSpec {
  const title = ['Learning Rate Schedule', ...(name === undefined ? [] : [name])].join(': ');
  const line = scheduleLine(schedule);
  const frame = frameOf(schedule, line, picture);
  const subtitle = shapesInWords(frame.cycles, frame.labels, frame.extent.width);
  return {
    ...panelOf(picture, 36),
    title: {...titleOf(title, picture), ...(subtitle.length > 0 ? {subtitle} : {})},
    layer: [boundaryRules(frame), rateLayer(frame, line), ...labelLayers(frame)],
  } as TopLevelSpec;
}

function frameOf({totalSteps, cycles}: DrawnSchedule, line: readonly Point[], picture: Picture): Frame {
  const [lowest, highest] = rangeOf(line.map(({value}) => value));
  const extent = {totalSteps, width: picture.width - AXIS_WIDTH};
  return {
    cycles,
    labels: cycleLabels(cycles, extent),
    extent,
    bottom: Math.min(0, lowest),
    top: Math.max(0, highest) || 1,
    x: {field: 'step', type: 'quantitative', scale: {domain: [0, totalSteps], nice: false}},
    stepTicks: stepTicksIn(picture),
  };
}

/** Up to the top of the picture; where a label is wider than its cycle, up to below the labels. */
function boundaryRules({cycles, labels, extent, bottom, top, x}: Frame): object {
  const areBetweenRules = labels.every((label, i) => label.text === '' || isWithin(label, cycles[i]!, extent));
  const isWide = ({start, end}: DrawnCycle) => ((end - start) * extent.width) / extent.totalSteps >= RULE_DISTANCE;
  const ruled = cycles.slice(1).filter((cycle, i) => isWide(cycle) || isWide(cycles[i]!));
  return {
    data: {values: ruled.map(({start}) => ({step: start}))},
    mark: {type: 'rule', strokeDash: DASHES.boundary, color: COLORS.boundary, strokeWidth: 1.5},
    encoding: {
      x,
      y: {datum: top * (areBetweenRules ? HEADROOM.all : HEADROOM.belowLabels), type: 'quantitative'},
      y2: {datum: bottom},
    },
  };
}

function rateLayer({bottom, top, x, stepTicks}: Frame, line: readonly Point[]): object {
  const {data, channels} = orderedLine(line);
  return {
    data,
    mark: {type: 'line', color: COLORS.rate, strokeWidth: 2.5, strokeJoin: 'round'},
    encoding: {
      x: {
        ...x,
        ...stepAxis(stepTicks),
      },
      y: {
        field: 'value',
        type: 'quantitative',
        title: 'Learning Rate',
        scale: {domain: [bottom, top * HEADROOM.all], nice: false},
        axis: rateAxis(top),
      },
      ...channels,
    },
  };
}

/** The texts above the cycles, on white, so that lines of the grid do not run through a label. */
function labelLayers({cycles, labels, top, extent, x}: Frame): object[] {
  const stepsPerUnit = extent.totalSteps / extent.width;
  const values = cycles.map(({start, end}, i) => ({step: (start + end) / 2, ...labels[i]!}));
  const grounds = values.map(({step, text, fontSize}) => {
    const half = (text.length * fontSize * CHARACTER.regular * stepsPerUnit) / 2;
    return {step: step - half, until: step + half};
  });
  const y = {datum: top * HEADROOM.labels, type: 'quantitative'};
  return [
    {
      data: {values: grounds.filter(({step, until}) => until > step)},
      mark: {type: 'rule', color: 'white', strokeWidth: LABEL_SIZE + HALO},
      encoding: {x, x2: {field: 'until'}, y},
    },
    {
      data: {values},
      mark: {type: 'text', color: COLORS.text, baseline: 'middle', fontWeight: 'bold', limit: extent.width},
      encoding: {
        x,
        y,
        text: {field: 'text', type: 'nominal'},
        size: {field: 'fontSize', type: 'quantitative', scale: null, legend: null},
      },
    },
  ];
}
