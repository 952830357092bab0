import type {TopLevelSpec} from 'vega-lite';
import {drawnName} from './drawn-name.js';
import {type Picture, SCREEN} from './picture.js';
import {COLORS, panelOf, titleOf} from './style.js';

/** How much of a metric's variance a parameter explains. */
export interface DrawnImportance {
  readonly name: string;
  /** From 0 to 1; a text: why it can't be told. */
  readonly share: number | string;
}

/** What bars of importance are drawn of. */
export interface ImportanceOptions {
  readonly title: string;
  /** Default: none. */
  readonly subtitle?: string | undefined;
  /** From the top to the bottom. */
  readonly parameters: readonly DrawnImportance[];
}

const ROW = 40;
const NOT_ROWS = 150;
const MOST_OF_NAMES = 0.4;
/** A bar beyond it has its number within. */
const LONG = 0.9;

/** The picture that all bars fit in: on a screen as high as they need. */
export function importancePicture({parameters}: ImportanceOptions, picture: Picture = SCREEN): Picture {
  return {...picture, height: parameters.length * ROW + NOT_ROWS};
}

/** The share of a metric's variance that each parameter explains, as bars with their numbers. */
export function importanceChart(
  {title, subtitle, ...options}: ImportanceOptions,
  picture: Picture = SCREEN,
): TopLevelSpec {
  const parameters = options.parameters.map(({name, share}) => ({
    name: drawnName(name),
    share: typeof share === 'number' ? share : 0,
    text: typeof share === 'number' ? share.toFixed(2) : share,
  }));
  const y = {
    field: 'name',
    type: 'nominal',
    title: null,
    scale: {domain: parameters.map(({name}) => name)},
    axis: {ticks: false, grid: false, labelLimit: Math.floor(picture.width * MOST_OF_NAMES)},
  };
  const x = {
    field: 'share',
    type: 'quantitative',
    title: 'Share of Variance Explained',
    scale: {domain: [0, 1], nice: false},
    axis: {format: '.1f', tickCount: 5},
  };
  return {
    ...panelOf(picture, 50),
    title: {...titleOf(title, picture), ...(subtitle && {subtitle})},
    data: {values: parameters},
    encoding: {x, y},
    layer: [
      {mark: {type: 'bar', height: {band: 0.6}, color: COLORS.validation}},
      ...[true, false].map((isWithin) => ({
        transform: [{filter: `datum.share ${isWithin ? '>' : '<='} ${LONG}`}],
        mark: {
          type: 'text',
          fontSize: 14,
          align: isWithin ? 'right' : 'left',
          dx: isWithin ? -6 : 6,
          color: isWithin ? 'white' : COLORS.text,
        },
        encoding: {text: {field: 'text', type: 'nominal'}},
      })),
    ],
  } as TopLevelSpec;
}
