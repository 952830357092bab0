import type {TopLevelSpec} from 'vega-lite';
import type {DrawnCycle, DrawnSchedule} from '../contract/index.js';
import {named} from './drawn-name.js';
import {type Picture, SCREEN} from './picture.js';
import {rangeOf} from './reduce.js';
import {scheduleLine} from './schedule-line.js';
import {seriesChannels, seriesLegend} from './series.js';
import {COLORS, DASHES, panelOf, rateAxis, stepAxis, stepTicksIn, titleOf} from './style.js';

/** A schedule among others. */
export interface NamedSchedule {
  /** In the legend: what makes it differ from the others. No two have the same. */
  readonly name: string;
  readonly schedule: DrawnSchedule;
}

/**
 * Several learning-rate schedules over one another, distinguished by colour and dashes; boundaries are marked where all have
 * the same.
 * @param drawn - at least one
 */
export function schedulesChart(drawn: readonly NamedSchedule[], picture: Picture = SCREEN): TopLevelSpec {
  const schedules = drawn.map(named);
  const lines = schedules.map(({name, schedule}) => ({name, points: scheduleLine(schedule)}));
  const [bottom, top] = rangeOf(lines.flatMap(({points}) => points.map(({value}) => value)));
  const totalSteps = Math.max(...schedules.map(({schedule}) => schedule.totalSteps));
  const stepTicks = stepTicksIn(picture);
  const {color, strokeDash} = seriesChannels(
    schedules.map(({name}) => name),
    seriesLegend(picture, 'below'),
  );
  const x = {field: 'step', type: 'quantitative', scale: {domain: [0, totalSteps], nice: false}};
  return {
    ...panelOf(picture, 36),
    title: titleOf('Learning Rate Schedules', picture),
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

/** Where cycles begin, if that is the same in all of the schedules. */
function commonBoundaries(schedules: readonly NamedSchedule[]): number[] {
  const [first = [], ...others] = schedules.map(({schedule}) => schedule.cycles);
  const startsOf = (cycles: readonly DrawnCycle[]) => cycles.slice(1).map(({start}) => start);
  const starts = startsOf(first);
  return others.every((cycles) => startsOf(cycles).join() === starts.join()) ? starts : [];
}
