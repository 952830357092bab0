import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import type {Canvas, CanvasRenderingContext2D} from 'canvas';
import type {View} from 'vega';
import type {TopLevelSpec} from 'vega-lite';
import {findHome, missingPart, nativeEnvironment, writeWhole} from '../support/index.js';
import {DOTS_PER_INCH, type Picture, pixelsPerUnit, pointsPerUnit, SCREEN} from './picture.js';
import {FONT} from './style.js';

const require = createRequire(import.meta.url);

/** Where a chart goes, by kind of file; what is not named is not made. */
export interface ChartFiles {
  readonly png?: string;
  readonly svg?: string;
  readonly pdf?: string;
  /** The vega-lite specification itself. */
  readonly vlJson?: string;
}

/** Kinds of pictures, by the ending of a file's name. */
export const PICTURE_KINDS = ['png', 'svg', 'pdf'] as const;

/** The files of a chart that goes to one file, by its ending; undefined where that is of no kind of picture. */
export function chartFile(path: string): ChartFiles | undefined {
  const kind = PICTURE_KINDS.find((each) => path.endsWith(`.${each}`));
  return kind && {[kind]: path};
}

/**
 * Draws a chart to files, each written whole: PNG (at two pixels a unit, in print at 600 dots an inch), SVG, PDF of lines and
 * embedded fonts, or the specification. The same specification gives the same bytes.
 * @param picture - as the chart was laid out for it; default {@link SCREEN}
 * @throws UserError naming the path, if it can't be written
 */
export async function renderChart(spec: TopLevelSpec, files: ChartFiles, picture: Picture = SCREEN): Promise<void> {
  if (files.vlJson) writeWhole(files.vlJson, `${JSON.stringify(spec)}\n`);
  if (!files.png && !files.svg && !files.pdf) return;
  registerFonts();
  const vega = await import('./vega.js');
  const view = new vega.View(vega.parse(vega.compile(spec).spec), {renderer: 'none'});
  // vega numbers its clip paths through the life of a process; a picture must not depend on how many came before it.
  vega.resetSVGDefIds();
  try {
    if (files.svg) writeWhole(files.svg, printedSvg(await view.toSVG(), picture));
    if (files.png) writeWhole(files.png, await pngOf(view, picture));
    if (files.pdf) writeWhole(files.pdf, await pdfOf(view, picture));
  } finally {
    view.finalize();
  }
}

/** A chart's place in its picture, in units. */
interface Frame {
  readonly width: number;
  readonly height: number;
  /** What the chart is scaled by. */
  readonly scale: number;
  /** Where it begins. */
  readonly left: number;
  readonly top: number;
}

/**
 * Charts of several panels come out a little larger or smaller than their picture: on a screen they are fitted in, in the
 * middle; in print the width counts, and the height follows.
 */
async function frameOf(view: View, picture: Picture): Promise<Frame> {
  const drawn = (await view.toCanvas(1)) as unknown as Canvas;
  const {width} = picture;
  const height = picture.millimetres === undefined ? picture.height : (drawn.height * width) / drawn.width;
  const scale = Math.min(width / drawn.width, height / drawn.height);
  return {width, height, scale, left: (width - scale * drawn.width) / 2, top: (height - scale * drawn.height) / 2};
}

async function pngOf(view: View, picture: Picture): Promise<Buffer> {
  const frame = await frameOf(view, picture);
  const pixels = pixelsPerUnit(picture);
  const canvas = loadCanvas().createCanvas(Math.round(frame.width * pixels), Math.round(frame.height * pixels));
  await paint(view, {frame, context: canvas.getContext('2d'), scale: pixels});
  // What gives a picture its width in print.
  const resolution = picture.millimetres === undefined ? {} : {resolution: DOTS_PER_INCH};
  return canvas.toBuffer('image/png', resolution);
}

async function pdfOf(view: View, picture: Picture): Promise<Buffer> {
  const frame = await frameOf(view, picture);
  const points = pointsPerUnit(picture);
  const file = new (loadCanvas().PDFDocument)({creator: 'algoperf-ts'});
  const context = file.beginPage(frame.width * points, frame.height * points);
  // Text that is filled while dashes are set would become a Type 3 font, which journals refuse.
  const fillText = context.fillText.bind(context);
  context.fillText = (...words) => {
    context.setLineDash([]);
    fillText(...words);
  };
  await paint(view, {frame, context, scale: points});
  file.endPage();
  return file.close();
}

interface Sheet {
  readonly frame: Frame;
  readonly context: CanvasRenderingContext2D;
  /** Of the context's own unit to the picture's. */
  readonly scale: number;
}

async function paint(view: View, {frame, context, scale}: Sheet): Promise<void> {
  context.fillStyle = 'white';
  context.fillRect(0, 0, frame.width * scale, frame.height * scale);
  context.translate(frame.left * scale, frame.top * scale);
  await view.toCanvas(frame.scale * scale, {externalContext: context} as never);
}

/** An SVG with its width in print. */
function printedSvg(svg: string, {millimetres}: Picture): string {
  if (millimetres === undefined) return svg;
  return svg.replace(/ width="([\d.]+)" height="([\d.]+)"/, (_, width, height) => {
    const ratio = Number(height) / Number(width);
    return ` width="${millimetres}mm" height="${Number((millimetres * ratio).toFixed(3))}mm"`;
  });
}

/**
 * Loads what draws pictures: to be called where something begins that will be drawn later.
 * @throws UserError with what brings the package's native part, where that was left out
 */
export function requireRenderer(): void {
  registerFonts();
}

let fontsAreThere = false;

/** A bare machine has no font at all, and would draw no text. */
function registerFonts(): void {
  if (fontsAreThere) return;
  // Where there is no home folder to look for a user's own fonts in, the package can only be loaded without any but ours.
  if (findHome() === undefined) nativeEnvironment().DISABLE_SYSTEM_FONTS_LOAD = '1';
  const {GlobalFonts} = loadCanvas();
  const folder = join(dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  for (const face of ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf']) GlobalFonts.registerFromPath(join(folder, face), FONT);
  fontsAreThere = true;
}

function loadCanvas(): typeof import('canvas') {
  try {
    return require('canvas') as typeof import('canvas');
  } catch (cause) {
    throw missingPart(
      "pictures can't be drawn: the native part of the package @napi-rs/canvas is missing or of another system (npm leaves it out with --omit=optional)",
      cause,
    );
  }
}
