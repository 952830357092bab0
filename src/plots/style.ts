/** What all charts share: sizes for a picture of 2400 by 1200 pixels, drawn at twice its nominal size. */

export const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';

export const WIDTH = 1200;
export const HEIGHT = 600;
export const PIXELS_PER_UNIT = 2;

/** The face that pictures are drawn with; an SVG is shown with the first of the family that its viewer has. */
export const FONT = 'DejaVu Sans';
const FONT_FAMILY = `${FONT}, Verdana, sans-serif`;

/** Nominal width of a character at font size 1, regular and bold, a little on the safe side. */
export const CHARACTER = {regular: 0.62, bold: 0.68} as const;

/** Told apart by every common kind of colour vision: blue, orange and greys; the target is dashed besides. */
export const COLORS = {
  rate: 'rgb(178, 0, 0)',
  boundary: '#7a7a7a',
  train: '#9aa5b1',
  validation: '#0b5fa5',
  test: '#d98200',
  target: '#2e7d32',
  text: '#2b2b2b',
  quiet: '#5f6368',
  grid: '#e4e4e4',
} as const;

/** Vega's expression for an axis of steps, written as they are in all texts: `500`, `7,813`. */
export const STEP_LABELS = "format(datum.value, ',')";

/** Vega's expression for the labels of an axis of rates: `0`, `1.5e-3`; if `top`, the largest, is at least 0.5: `0.2`, `3`. */
export function rateLabels(top: number): string {
  return top >= 0.5 ? "format(datum.value, '~g')" : "datum.value == 0 ? '0' : format(datum.value, '~e')";
}

/** Metrics whose names are abbreviations, as they are written. */
const ABBREVIATIONS: {readonly [name: string]: string} = {map: 'mAP', mean_average_precision: 'mAP'};
const INITIALS = /^(mse|rmse|mae|ssim|psnr|bleu|wer|cer|ppl|auc|iou|f1|nll)$/;

/** A metric's name as the title of an axis: `Accuracy`, `MSE`. */
export function metricTitle(name: string): string {
  if (INITIALS.test(name)) return name.toUpperCase();
  const words = name.replaceAll('_', ' ');
  return ABBREVIATIONS[name] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

export const SUBTITLE_SIZE = 14;
const TITLE_SIZE = 22;

/** The title's font size at which `text` fits the picture's width; what is longer than its least size shows is cut. */
export function titleSize(text: string): number {
  const fitting = Math.floor((WIDTH - 80) / (text.length * CHARACTER.bold));
  return Math.max(13, Math.min(TITLE_SIZE, fitting));
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
    limit: WIDTH - 80,
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
