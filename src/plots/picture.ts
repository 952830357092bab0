/**
 * How large a chart is laid out and drawn. A chart's texts keep their size in units; a narrow picture is laid out in fewer
 * units, so that its texts stay legible in print.
 */
export interface Picture {
  /** In units, of which the labels of an axis are 15 high. */
  readonly width: number;
  /** In units; a chart of several panels may need more. */
  readonly height: number;
  /** Width in print; absent: the picture is for a screen. */
  readonly millimetres?: number;
}

/** A picture for a screen: 1200 by 600 units, PNG at two pixels a unit. */
export const SCREEN: Picture = {width: 1200, height: 600};

/** Height of an axis label in units and, in print, in points: what most journals ask for at least. */
const LABEL = {units: 15, points: 7};
const POINTS_PER_MILLIMETRE = 72 / 25.4;
const UNITS_PER_MILLIMETRE = (LABEL.units / LABEL.points) * POINTS_PER_MILLIMETRE;

/** What {@link printed} takes, in millimetres: the narrowest has room for an axis and a few labels. */
export const PRINTED_WIDTHS = {least: 40, most: 1000} as const;

/**
 * A picture for print, with axis labels of 7 points: half as high as wide, or higher where it is narrow.
 * @param millimetres - its width, from 40 to 1000: a column of a journal is 80 to 90, a page 170 to 180
 * @throws RangeError outside of that
 */
export function printed(millimetres: number): Picture {
  const {least, most} = PRINTED_WIDTHS;
  if (!(millimetres >= least && millimetres <= most))
    throw new RangeError(`millimetres must be in [${least}, ${most}], got ${millimetres}`);
  const width = Math.round(millimetres * UNITS_PER_MILLIMETRE);
  return {width, height: Math.round(Math.max(width / 2, Math.min(width, 380))), millimetres};
}

/** Points of a PDF to a unit. */
export function pointsPerUnit({width, millimetres}: Picture): number {
  return millimetres === undefined ? LABEL.points / LABEL.units : (millimetres * POINTS_PER_MILLIMETRE) / width;
}

/** Of a printed PNG. */
export const DOTS_PER_INCH = 600;
const DOTS_PER_MILLIMETRE = DOTS_PER_INCH / 25.4;

/** Pixels of a PNG to a unit. */
export function pixelsPerUnit({width, millimetres}: Picture): number {
  return millimetres === undefined ? 2 : (millimetres * DOTS_PER_MILLIMETRE) / width;
}

/** Whether there is room for a legend beside the panels. */
export function isWide({width}: Picture): boolean {
  return width >= 800;
}
