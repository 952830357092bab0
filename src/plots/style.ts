/** What all charts share: sizes for a picture of 2400 by 1200 pixels, drawn at twice its nominal size. */

export const WIDTH = 1200;
export const HEIGHT = 600;
export const PIXELS_PER_UNIT = 2;

export const FONT = 'DejaVu Sans';

export const COLORS = {
  rate: 'rgb(178, 0, 0)',
  boundary: '#7a7a7a',
  train: '#9aa5b1',
  validation: '#0b5fa5',
  test: '#d98200',
  target: '#2e7d32',
  text: '#2b2b2b',
  grid: '#e4e4e4',
} as const;

/** Vega's expression for an axis of steps: `500`, `1.5e3`, `20e3`. */
export const STEP_LABELS =
  "abs(datum.value) < 1000 ? format(datum.value, '~r') : format(datum.value / 1000, '~r') + 'e3'";

/** Vega's expression for an axis of rates: `0`, `1.5e-3`. */
export const RATE_LABELS = "datum.value == 0 ? '0' : replace(format(datum.value, '~e'), '+', '')";

export const SUBTITLE_SIZE = 14;

export const CONFIG = {
  font: FONT,
  background: 'white',
  view: {stroke: '#bdbdbd'},
  title: {
    fontSize: 22,
    fontWeight: 'bold',
    color: COLORS.text,
    offset: 14,
    anchor: 'middle',
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
  legend: {labelFontSize: 15, titleFontSize: 15, labelColor: COLORS.text, symbolStrokeWidth: 3, symbolSize: 220},
} as const;
