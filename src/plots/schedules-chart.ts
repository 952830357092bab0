import type {TopLevelSpec} from 'vega-lite';
import type {DrawnSchedule} from '../contract/index.js';
import {named} from './drawn-name.js';
import {type Picture, SCREEN} from './picture.js';
import {rangeOf} from './reduce.js';
import {lineOfPoints, type SchedulePoint, schedulePoints} from './schedule-line.js';
import {seriesChannels, seriesLegend} from './series.js';
import {COLORS, DASHES, panelOf, rateAxis, stepAxis, stepTicksIn, titleOf} from './style.js';

/** A schedule among others. */
export interface NamedSchedule {
  /** In the legend: what makes it differ from the others. No two have the same. */
  readonly name: string;
  readonly schedule: DrawnSchedule;
}

/** A schedule among others, by its points. */
export interface NamedPoints {
  /** As in {@link NamedSchedule}. */
  readonly name: string;
  /** As `schedulePoints` gives them; at least one. */
  readonly points: readonly SchedulePoint[];
}

/**
 * Several learning-rate schedules over one another, distinguished by colour and dashes; boundaries are marked where all have
 * the same.
 * @param drawn - at least one
 */
export function schedulesChart(drawn: readonly NamedSchedule[], picture: Picture = SCREEN): TopLevelSpec {
  return schedulePointsChart(
    drawn.map(({name, schedule}) => ({name, points: schedulePoints(schedule)})),
    picture,
  );
}

/**
 * As {@link schedulesChart}, of schedules that were recorded as points.
 * @param subtitle - default: none
 */
export function schedulePointsChart(
  drawn: readonly NamedPoints[],
  picture: Picture = SCREEN,
  subtitle?: string,
): TopLevelSpec {
  const schedules = drawn.map(named);
  const lines = schedules.map(({name, points}) => ({name, points: lineOfPoints(points)}));
  const [bottom, top] = rangeOf(lines.flatMap(({points}) => points.map(({value}) => value)));
  const totalSteps = Math.max(...lines.map(({points}) => points.at(-1)!.step));
  const stepTicks = stepTicksIn(picture);
  const {color, strokeDash} = seriesChannels(
    schedules.map(({name}) => name),
    seriesLegend(picture, 'below'),
  );
  const x = {field: 'step', type: 'quantitative', scale: {domain: [0, totalSteps], nice: false}};
  return {
    ...panelOf(picture, 36),
    title: {...titleOf('Learning Rate Schedules', picture), ...(subtitle && {subtitle})},
    layer: [
      {
        data: {values: commonBoundaries(schedules).map((step) => ({step}))},
        mark: {type: 'rule', strokeDash: DASHES.boundary, color: COLORS.boundary, strokeWidth: 1.5},
        encoding: {x},
      },
      ...lines.map(({name, points}) => ({
        data: {values: points.map((point, order) => ({...point, order, name}))},
        mark: {type: 'line', strokeWidth: 2.5, strokeJoin: 'round'},
        encoding: {
          x: {
            ...x,
            ...stepAxis(stepTicks),
          },
          y: {
            field: 'value',
            type: 'quantitative',
            title: 'Learning Rate',
            scale: {domain: [Math.min(0, bottom), (Math.max(0, top) || 1) * 1.05], nice: false},
            axis: rateAxis(top),
          },
          order: {field: 'order', type: 'quantitative'},
          color,
          strokeDash,
        },
      })),
    ],
  } as TopLevelSpec;
}

/** Names of a legend below a panel that leave it high enough, and the height of one more. */
const LEGEND = {names: 4, line: 25};

/** The picture that has room for the names of so many schedules. */
export function schedulesPicture(count: number, picture: Picture = SCREEN): Picture {
  return {...picture, height: picture.height + Math.max(0, count - LEGEND.names) * LEGEND.line};
}

/** Where cycles begin, if that is the same in all of the schedules. */
function commonBoundaries(schedules: readonly NamedPoints[]): number[] {
  const [first = [], ...others] = schedules.map(({points}) => startsOf(points));
  return others.every((starts) => starts.join() === first.join()) ? first : [];
}

function startsOf(points: readonly SchedulePoint[]): number[] {
  return points.filter(({cycle}, i) => i > 0 && cycle !== points[i - 1]!.cycle).map(({step}) => step);
}
