import type {TopLevelSpec} from 'vega-lite';
import {type ParallelAxis, parallelAxis} from './parallel-axes.js';
import {type ParallelLine, parallelParts} from './parallel-layers.js';
import type {DrawnOutcomes} from './parameters-chart.js';
import {type Picture, SCREEN} from './picture.js';
import {CHARACTER, COLORS, CONFIG, panelOf, titleOf} from './style.js';

/** What parallel coordinates are drawn of. */
export interface DrawnParallel extends DrawnOutcomes {
  readonly goal: 'minimize' | 'maximize';
}

/** Parameters that are legible beside one another. */
export const MOST_PARALLEL = 7;

/** Lines from the worst outcome to the best: blue that gets darker, in grey as well. */
const RAMP = {worst: [190, 205, 219], best: [8, 48, 107]} as const;

const FONT_SIZE = 14;
const AXIS = '#9e9e9e';

/** Every run as a line through its parameters to its outcome, the better the darker; the best are on top. */
export function parallelChart(drawn: DrawnParallel, picture: Picture = SCREEN): TopLevelSpec {
  const {title, subtitle, metric, parameters, outcomes} = drawn;
  const axes = [...parameters.map(({name, values}) => parallelAxis(name, values)), parallelAxis(metric, outcomes)];
  const letter = CHARACTER.regular * FONT_SIZE;
  const look = {width: picture.width - 40, fontSize: FONT_SIZE, letter, ink: COLORS.text, axis: AXIS, ground: 'white'};
  return {
    ...panelOf(picture, 16),
    config: {...CONFIG, view: {stroke: null}},
    title: {...titleOf(title, picture), ...(subtitle && {subtitle}), offset: 20},
    ...parallelParts(axes, linesOf(drawn, axes.at(-1)!), look),
  } as TopLevelSpec;
}

function linesOf({parameters, outcomes, goal}: DrawnParallel, axis: ParallelAxis): ParallelLine[] {
  const goodness = outcomes.map((outcome) =>
    goal === 'maximize' ? axis.placeOf(outcome)! : 1 - axis.placeOf(outcome)!,
  );
  return outcomes
    .map((_, run) => run)
    .sort((a, b) => goodness[a]! - goodness[b]!)
    .map((run, i) => ({
      // Lines are drawn in the order of their ids.
      id: String(i).padStart(9, '0'),
      values: [...parameters.map(({values}) => values[run]!), outcomes[run]!],
      color: mixed(goodness[run]!),
      opacity: 0.85,
    }));
}

function mixed(share: number): string {
  const parts = RAMP.worst.map((worst, i) => Math.round(worst + share * (RAMP.best[i]! - worst)));
  return `rgb(${parts.join(', ')})`;
}
