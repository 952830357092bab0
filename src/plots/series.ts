import {isWide, type Picture} from './picture.js';
import {CHARACTER} from './style.js';

/**
 * How one of several lines is drawn: distinguished by colour, by dashes where there is no colour, and by the shape of its
 * marks.
 */
export interface SeriesStyle {
  readonly color: string;
  /** Lengths of strokes and gaps; [1, 0] is a whole line. */
  readonly dash: readonly number[];
  /** A shape of vega's. */
  readonly shape: string;
}

/** Okabe and Ito's colours, which all common kinds of colour vision tell apart, the darker ones first; not their yellow. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#1f1f1f', '#cc79a7', '#56b4e9', '#e69f00'];
const DASHES = [
  [1, 0],
  [9, 4],
  [2, 3],
  [10, 3, 2, 3],
  [14, 4],
  [5, 5],
  [10, 3, 2, 3, 2, 3],
];
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right'];

/** The style of the line of a number, from 0: the first seven differ in all three, the first 49 in colour and dashes together. */
export function seriesStyle(number: number): SeriesStyle {
  const [among, round] = [number % COLORS.length, Math.floor(number / COLORS.length)];
  const turned = (among + round) % COLORS.length;
  return {color: COLORS[among]!, dash: DASHES[turned]!, shape: SHAPES[turned]!};
}

/** What margins and a symbol leave of a line of the legend below the panels. */
const NOT_NAME = 190;

/** How many characters a name has room for in the legend below the panels. */
export function nameLength({width}: Picture): number {
  return Math.floor((width - NOT_NAME) / (15 * CHARACTER.regular));
}

/** The legend of several lines: beside the panels, or below them, one name a line. Default: below where the picture is narrow. */
export function seriesLegend(
  picture: Picture,
  place: 'beside' | 'below' = isWide(picture) ? 'beside' : 'below',
): object {
  const symbols = {symbolType: 'stroke', symbolSize: 26 ** 2, symbolStrokeWidth: 3};
  return place === 'beside'
    ? {...symbols, orient: 'right', offset: 14}
    : {...symbols, orient: 'bottom', direction: 'vertical', labelLimit: picture.width - NOT_NAME};
}

/** Height of a name in a legend, with the gap to the next one. */
const LEGEND_LINE = 25;
/** What title and axis take of a picture's height. */
const NOT_PANEL = 160;

/** The picture in which a legend of many names leaves a single panel its height. */
export function pictureOfSeries(picture: Picture, count: number): Picture {
  const legend = count * LEGEND_LINE;
  const height = isWide(picture) ? Math.max(picture.height, legend + NOT_PANEL) : picture.height + legend;
  return {...picture, height};
}

/**
 * Channels that tell lines apart by the field `name`, under one legend in the order of `names`. Marks of points take `shape`
 * as well: where a layer has it, all of the chart's layers with a legend must, or there is a second legend.
 */
export function seriesChannels(
  names: readonly string[],
  legend: object,
): {readonly color: object; readonly strokeDash: object; readonly shape: object} {
  const styles = names.map((_, i) => seriesStyle(i));
  const channel = (range: readonly unknown[]) => ({
    field: 'name',
    type: 'nominal',
    title: null,
    scale: {domain: names, range},
    legend,
  });
  return {
    color: channel(styles.map(({color}) => color)),
    strokeDash: channel(styles.map(({dash}) => dash)),
    shape: channel(styles.map(({shape}) => shape)),
  };
}
