import type {TopLevelSpec} from 'vega-lite';
import {named} from './drawn-name.js';
import {isWide, type Picture, SCREEN} from './picture.js';
import {pictureOfSeries, seriesChannels, seriesLegend} from './series.js';
import {panelOf, titleOf} from './style.js';

/** A submission's scores by how far all targets are relaxed. */
export interface DrawnRelaxation {
  readonly name: string;
  /** Ascending by fraction. */
  readonly points: readonly {readonly fraction: number; readonly score: number}[];
}

/** Scores over the fraction by which all targets are made easier. */
export function relaxationChart(drawn: readonly DrawnRelaxation[], given: Picture = SCREEN): TopLevelSpec {
  const lines = drawn.map(named);
  const picture = pictureOfSeries(given, lines.length);
  const labelLimit = isWide(picture) ? picture.width / 4 : picture.width - 190;
  const {color, strokeDash} = seriesChannels(
    lines.map(({name}) => name),
    {...seriesLegend(picture), labelLimit},
  );
  const scores = lines.flatMap(({points}) => points.map(({score}) => score));
  const most = Math.max(0, ...lines.flatMap(({points}) => points.map(({fraction}) => fraction)));
  const top = Math.min(1, Math.ceil(Math.max(0.1, ...scores) * 10) / 10);
  return {
    ...panelOf(picture, 24),
    title: titleOf('Scores with Relaxed Targets', picture),
    layer: lines.map(({name, points}) => ({
      data: {values: points.map((point) => ({...point, name}))},
      mark: {type: 'line', strokeWidth: 2.5},
      encoding: {
        x: {
          field: 'fraction',
          type: 'quantitative',
          title: 'All Targets Relaxed by',
          scale: {domain: [0, most || 1], nice: false},
          axis: {format: '.0%', tickCount: isWide(picture) ? 10 : 5, tickMinStep: 0.01},
        },
        y: {
          field: 'score',
          type: 'quantitative',
          title: 'Score',
          scale: {domain: [0, top], nice: false},
          axis: {tickCount: 5, format: '.1f'},
        },
        color,
        strokeDash,
      },
    })),
  } as TopLevelSpec;
}
