import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import type {Canvas} from 'canvas';
import type {TopLevelSpec} from 'vega-lite';
import {findHome, missingPart, writeWhole} from '../support/index.js';
import {FONT, HEIGHT, PIXELS_PER_UNIT, WIDTH} from './style.js';

const require = createRequire(import.meta.url);

/** Where a chart goes, by kind of file; what is not named is not made. */
export interface ChartFiles {
  readonly png?: string;
  readonly svg?: string;
  /** The vega-lite specification itself. */
  readonly vlJson?: string;
}

/**
 * Draws a chart to files, each written whole: PNG at two pixels a unit, SVG, or the specification. The same
 * specification gives the same bytes.
 * @throws UserError naming the path, if it can't be written
 */
export async function renderChart(spec: TopLevelSpec, files: ChartFiles): Promise<void> {
  if (files.vlJson) writeWhole(files.vlJson, `${JSON.stringify(spec)}\n`);
  if (!files.png && !files.svg) return;
  registerFonts();
  const [vega, {compile}] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new vega.View(vega.parse(compile(spec).spec), {renderer: 'none'});
  // vega numbers its clip paths through the life of a process; a picture should not tell how many came before it.
  vega.resetSVGDefIds();
  try {
    if (files.svg) writeWhole(files.svg, await view.toSVG());
    if (files.png) {
      const canvas = (await view.toCanvas(PIXELS_PER_UNIT)) as unknown as Canvas;
      writeWhole(files.png, framed(canvas).toBuffer('image/png'));
    }
  } finally {
    view.finalize();
  }
}

/** Charts of several panels come out a little larger or smaller than the picture: it is fitted in, in the middle. */
function framed(drawn: Canvas): Canvas {
  const [width, height] = [WIDTH * PIXELS_PER_UNIT, HEIGHT * PIXELS_PER_UNIT];
  if (drawn.width === width && drawn.height === height) return drawn;
  const {createCanvas} = require('canvas') as typeof import('canvas');
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  const scale = Math.min(width / drawn.width, height / drawn.height);
  const [x, y] = [(width - scale * drawn.width) / 2, (height - scale * drawn.height) / 2];
  context.drawImage(drawn, x, y, scale * drawn.width, scale * drawn.height);
  return canvas;
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
  if (findHome() === undefined) process.env.DISABLE_SYSTEM_FONTS_LOAD = '1';
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
