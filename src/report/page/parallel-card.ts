import type {View} from 'vega';
import type {RunReport} from '../report-data.js';
import {button, el, onResize} from './dom.js';
import {download, drawInto, pictureOf} from './draw.js';
import {exact} from './format.js';
import {parallelAxes, parallelSpec} from './parallel-spec.js';
import type {Selection} from './runs-table.js';
import {onThemeChange, PAPER, type Palette, palette} from './theme.js';

/** Parallel coordinates of the runs that the table lists; those whose curves are hidden are dimmed. */
export interface ParallelCard {
  readonly element: HTMLElement;
  update(runs: readonly RunReport[]): void;
}

const HEIGHT = 320;

export function parallelCard(selection: Selection): ParallelCard {
  const host = el('div', {class: 'plot', role: 'img'});
  const reading = el(
    'p',
    {class: 'quiet tip-line'},
    'Point at a line to read it; the table above has the same values.',
  );
  let runs: readonly RunReport[] = [];
  let view: View | undefined;
  let drawnWidth = 0;

  const drawing = (width: number, colors: Palette, isAlone: boolean) => ({
    width,
    height: HEIGHT,
    palette: colors,
    isAlone,
    isShown: ({id}: RunReport) => selection.shown.has(id),
    colorOf: ({id}: RunReport) => colors.series[selection.numberOf(id) % colors.series.length]!,
  });

  function draw(): void {
    const axes = parallelAxes(runs);
    element.hidden = axes.length < 2 || runs.length < 2;
    if (element.hidden || host.clientWidth === 0) return;
    view?.finalize();
    drawnWidth = host.clientWidth;
    const width = Math.max(host.clientWidth, axes.length * 90);
    view = drawInto(host, parallelSpec(selection.listed, axes, drawing(width, palette(), false)));
    host.setAttribute(
      'aria-label',
      `Parallel coordinates of ${selection.listed.length} runs over ${axes.map(({name}) => name).join(', ')}`,
    );
    view.addEventListener('pointermove', (_, item) => {
      const id = (item?.datum as {id?: string} | undefined)?.id;
      const run = runs.find((each) => each.id === id);
      if (run) reading.textContent = [run.name, `best ${exact(run.best?.value)}`].join(': ');
    });
  }

  const save = (kind: 'png' | 'svg') => async () =>
    download(
      await pictureOf(parallelSpec(selection.listed, parallelAxes(runs), drawing(1000, PAPER, true)), kind),
      `parallel-coordinates.${kind}`,
    );
  const element = frameOf(host, reading, save);
  onResize(host, () => drawnWidth, draw);
  onThemeChange(draw);
  return {
    element,
    update(next) {
      runs = next;
      draw();
    },
  };
}

/** The card around the chart, with its title and its buttons. */
function frameOf(host: HTMLElement, reading: HTMLElement, save: (kind: 'png' | 'svg') => () => void): HTMLElement {
  const title = 'Hyperparameters and best values';
  const tools = (['png', 'svg'] as const).map((kind) => {
    const name = kind.toUpperCase();
    return button(name, save(kind), {'aria-label': `${name} of hyperparameters`});
  });
  return el(
    'figure',
    {class: 'card wide'},
    el('figcaption', {}, el('div', {}, el('h3', {}, title)), el('div', {class: 'tools'}, ...tools)),
    el('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': title}, host),
    reading,
  );
}
