import type {TopLevelSpec} from 'vega-lite';
import {named} from './drawn-name.js';
import {isWide, type Picture, SCREEN} from './picture.js';
import {pictureOfSeries, seriesChannels, seriesLegend, seriesStyle} from './series.js';
import {panelOf, titleOf} from './style.js';

/** A submission's performance profile. */
export interface DrawnProfile {
  readonly name: string;
  /** Where it rises, from 1 on: to which share of workloads at which ratio; ascending. */
  readonly steps: readonly {readonly tau: number; readonly share: number}[];
  /** Its interval at some ratios, ascending; absent: there is none. */
  readonly band?: readonly {readonly tau: number; readonly low: number; readonly high: number}[];
}

/** What profiles are drawn with. */
export interface ProfileChartOptions {
  readonly profiles: readonly DrawnProfile[];
  /** What times are measured in. */
  readonly by: 'time' | 'steps';
  /** What ratios are to: a submission's name; absent: the fastest. */
  readonly reference?: string;
}

/** Ratios that are drawn: from the fastest to where a time no longer counts. */
const RATIOS = {least: 1, most: 4};
/** The most submissions whose intervals can be distinguished. */
const MOST_BANDS = 3;

/** Performance profiles: the share of workloads on which each submission is within `tau` times the fastest. */
export function profileChart({by, reference, ...drawn}: ProfileChartOptions, given: Picture = SCREEN): TopLevelSpec {
  const profiles = drawn.profiles.map(named);
  const picture = pictureOfSeries(given, profiles.length);
  const names = profiles.map(({name}) => name);
  const {color, strokeDash} = seriesChannels(names, {...seriesLegend(picture), labelLimit: legendLimit(picture)});
  const x = {field: 'tau', type: 'quantitative', scale: {domain: [RATIOS.least, RATIOS.most], nice: false}};
  const than = reference === undefined ? 'the fastest' : reference;
  const quantity = by === 'time' ? 'Time' : 'Steps';
  const y = {type: 'quantitative', scale: {domain: [0, 1.02], nice: false}};
  const bands = profiles.length <= MOST_BANDS ? profiles.flatMap((profile, i) => bandLayer(profile, i, {x, y})) : [];
  return {
    ...panelOf(picture, 24),
    title: titleOf('Performance Profiles', picture),
    layer: [
      ...bands,
      ...profiles.map((profile) => ({
        data: {values: cornersOf(profile)},
        mark: {type: 'line', interpolate: 'step-after', strokeWidth: 2.5, clip: true},
        encoding: {
          x: {...x, title: `${quantity} to Target, as a Ratio to ${titled(than)}`, axis: {tickCount: 7}},
          y: {
            ...y,
            field: 'share',
            title: 'Share of Workloads',
            axis: {values: [0, 0.2, 0.4, 0.6, 0.8, 1], format: '.1f'},
          },
          order: {field: 'order', type: 'quantitative'},
          color,
          strokeDash,
        },
      })),
    ],
  } as TopLevelSpec;
}

const titled = (than: string) => (than === 'the fastest' ? 'the Fastest' : than);

/** Room for a name in the legend. */
function legendLimit(picture: Picture): number {
  return isWide(picture) ? picture.width / 4 : picture.width - 190;
}

/** From the left edge to the right one. */
function cornersOf({name, steps}: DrawnProfile): object[] {
  const atEdge = steps[0]?.tau === RATIOS.least ? [] : [{tau: RATIOS.least, share: 0}];
  const corners = [...atEdge, ...steps, {tau: RATIOS.most, share: steps.at(-1)?.share ?? 0}];
  return corners.map((corner, order) => ({...corner, name, order}));
}

function bandLayer({band = []}: DrawnProfile, i: number, {x, y}: {x: object; y: object}): object[] {
  if (band.length === 0) return [];
  return [
    {
      data: {values: band},
      mark: {type: 'area', interpolate: 'step-after', opacity: 0.15, color: seriesStyle(i).color, clip: true},
      encoding: {x, y: {...y, field: 'low'}, y2: {field: 'high'}},
    },
  ];
}
