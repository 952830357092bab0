import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import type {TopLevelSpec} from 'vega-lite';
import {writeWhole} from '../files.js';
import {FONT, PIXELS_PER_UNIT} from './style.js';

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
  try {
    if (files.svg) writeWhole(files.svg, await view.toSVG());
    if (files.png) {
      const canvas = (await view.toCanvas(PIXELS_PER_UNIT)) as unknown as {toBuffer(type: string): Buffer};
      writeWhole(files.png, canvas.toBuffer('image/png'));
    }
  } finally {
    view.finalize();
  }
}

let fontsAreThere = false;

/** A bare machine has no font at all, and would draw no text. */
function registerFonts(): void {
  if (fontsAreThere) return;
  const require = createRequire(import.meta.url);
  const {GlobalFonts} = require('canvas') as typeof import('canvas');
  const folder = join(dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  for (const face of ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf']) GlobalFonts.registerFromPath(join(folder, face), FONT);
  fontsAreThere = true;
}
