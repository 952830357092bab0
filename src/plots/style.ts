/** What all charts share, in the units of a {@link Picture}. */

import {drawnName} from './drawn-name.js';
import {type Picture, SCREEN} from './picture.js';

export const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';

/** The face that pictures are drawn with; an SVG is shown with the first of the family that its viewer has. */
export const FONT = 'DejaVu Sans';
const FONT_FAMILY = `${FONT}, Verdana, sans-serif`;

/** Nominal width of a character at font size 1, regular and bold, a little on the safe side. */
export const CHARACTER = {regular: 0.62, bold: 0.68} as const;

/** Distinguishable with every common kind of colour vision: blue, orange and greys; in grey by lightness and {@link DASHES}. */
export const COLORS = {
  rate: 'rgb(178, 0, 0)',
  boundary: '#7a7a7a',
  train: '#9aa5b1',
  'train batches': '#9aa5b1',
  validation: '#0b5fa5',
  test: '#d98200',
  target: '#2e7d32',
  text: '#2b2b2b',
  quiet: '#5f6368',
  grid: '#e4e4e4',
} as const;

/** Lengths of strokes and gaps. */
export const DASHES = {
  train: [1, 0],
  'train batches': [1, 0],
  validation: [1, 0],
  test: [2, 3],
  target: [8, 4],
  boundary: [6, 5],
} as const;

/** Vega's expression for an axis of steps, written as they are in all texts: `500`, `7,813`. */
export const STEP_LABELS = "format(datum.value, ',')";

/** Losses and metrics: `0.05` and `2,000`, as a person writes them; `1e-7` and `1e+9` where that takes too many digits. */
export const VALUE_LABELS =
  "datum.value == 0 || (abs(datum.value) >= 1e-4 && abs(datum.value) < 1e6) ? format(datum.value, ',~r') : format(datum.value, '~e')";

/** Vega's expression for the labels of an axis of rates: `0`, `1.5e-3`; if `top`, the largest, is at least 0.5: `0.2`, `3`. */
export function rateLabels(top: number): string {
  return top >= 0.5 ? "format(datum.value, '~g')" : "datum.value == 0 ? '0' : format(datum.value, '~e')";
}

/** Metrics whose names are abbreviations, as they are written. */
const ABBREVIATIONS: {readonly [name: string]: string} = {map: 'mAP', mean_average_precision: 'mAP'};
const INITIALS = /^(mse|rmse|mae|ssim|psnr|bleu|wer|cer|ppl|auc|iou|f1|nll)$/;

/** A metric's name as the title of an axis: `Accuracy`, `MSE`, `Bits per byte`. */
export function metricTitle(name: string): string {
  const words = metricWords(name);
  return ABBREVIATIONS[name] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** A metric's name within a text: `accuracy`, `MSE`, `bits per byte`. */
export function metricWords(name: string): string {
  if (INITIALS.test(name)) return name.toUpperCase();
  return ABBREVIATIONS[name] ?? name.replaceAll('_', ' ');
}

export const SUBTITLE_SIZE = 14;
const TITLE_SIZE = 22;

const TITLE_MARGIN = 80;

/** The title's font size at which `text` fits the picture's width; what is longer than its least size shows is cut. */
export function titleSize(text: string, {width}: Picture): number {
  const most = Math.min(TITLE_SIZE, Math.max(16, Math.round(width / 40)));
  const fitting = Math.floor((width - TITLE_MARGIN) / (text.length * CHARACTER.bold));
  return Math.max(13, Math.min(most, fitting));
}

/** A title that fits its picture; of longer ones the end is cut. */
export function titleOf(
  text: string,
  picture: Picture,
): {readonly text: string; readonly fontSize: number; readonly limit: number} {
  return {text: drawnName(text), fontSize: titleSize(text, picture), limit: picture.width - TITLE_MARGIN};
}

export const CONFIG = {
  font: FONT_FAMILY,
  background: 'white',
  view: {stroke: '#bdbdbd'},
  title: {
    fontSize: TITLE_SIZE,
    fontWeight: 'bold',
    color: COLORS.text,
    offset: 14,
    anchor: 'middle',
    limit: SCREEN.width - TITLE_MARGIN,
    subtitleFontSize: SUBTITLE_SIZE,
    subtitleColor: COLORS.text,
    subtitlePadding: 6,
  },
  axis: {
    labelFontSize: 15,
    titleFontSize: 17,
    titleFontWeight: 'normal',
    titlePadding: 10,
    labelColor: COLORS.text,
    titleColor: COLORS.text,
    grid: true,
    gridColor: COLORS.grid,
    domainColor: '#9e9e9e',
    tickColor: '#9e9e9e',
  },
  legend: {labelFontSize: 15, titleFontSize: 15, labelColor: COLORS.text},
} as const;

/** What charts of a single panel have in common. @param right - the margin on the right */
export function panelOf({width, height}: Picture, right: number): object {
  return {
    $schema: SCHEMA,
    width,
    height,
    autosize: {type: 'fit', contains: 'padding'},
    padding: {left: 16, right, top: 16, bottom: 16},
    config: CONFIG,
  };
}

/** What padding and the axis of values take of a picture's width. */
export const AXIS_WIDTH = 140;
/** From one step's number to the next, at least. */
const TICK_DISTANCE = 110;

/** How many ticks an axis of steps has room for below a single panel. */
export function stepTicksIn({width}: Pick<Picture, 'width'>): number {
  return Math.min(10, Math.floor((width - AXIS_WIDTH) / TICK_DISTANCE));
}

/** Title and ticks of an axis of global steps. @param tickCount - at most */
export function stepAxis(tickCount: number): object {
  return {title: 'Global Steps', axis: {labelExpr: STEP_LABELS, tickCount, tickMinStep: 1, labelFlush: true}};
}

/** Ticks of an axis of learning rates. @param top - the largest */
export function rateAxis(top: number): object {
  return {labelExpr: rateLabels(top), tickCount: 8};
}
