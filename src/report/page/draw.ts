import {parse, resetSVGDefIds, View} from 'vega';
import {expressionInterpreter} from 'vega-interpreter';
import {compile, type TopLevelSpec} from 'vega-lite';
import {el} from './dom.js';

/** A vega-lite chart as a view; expressions are interpreted, since the page's policy forbids to make code of text. */
function viewOf(spec: object, options: object): View {
  const compiled = compile(spec as TopLevelSpec).spec;
  const runtime = parse(compiled, undefined, {ast: true} as never);
  return new View(runtime, {expr: expressionInterpreter, ...options} as never);
}

/**
 * Draws a chart into an element, at once, in place of what is there. The drawing is hidden from screen readers: the element itself
 * has the words.
 */
export function drawInto(host: HTMLElement, spec: object): View {
  const container = el('div', {'aria-hidden': 'true'});
  host.replaceChildren(container);
  return viewOf(spec, {renderer: 'svg', container, hover: false}).run();
}

/** A chart as a picture of its own. */
export async function pictureOf(spec: object, kind: 'png' | 'svg'): Promise<Blob> {
  const view = viewOf(spec, {renderer: 'none'});
  try {
    resetSVGDefIds();
    if (kind === 'svg') return new Blob([await view.toSVG()], {type: 'image/svg+xml'});
    const canvas = await view.toCanvas(2);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture is too large to be drawn')))),
    );
  } finally {
    view.finalize();
  }
}

/** Hands a picture to the reader as a file. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
