import type {View} from 'vega';
import {parallelWidth} from '../../plots/index.js';
import type {RunReport} from '../report-data.js';
import {type CardTools, cardTools} from './card-tools.js';
import {runsValues} from './chart-table.js';
import {el, named, onResize, setAttributes} from './dom.js';
import {drawInto} from './draw.js';
import {LETTER, type ParallelDrawing, parallelAxes, parallelSpec, type RunAxis, runText} from './parallel-spec.js';
import {readByKeyboard} from './read-by-keyboard.js';
import type {Selection} from './runs-table.js';
import {drawingWidth, onThemeChange, PAPER, palette} from './theme.js';

/** Parallel coordinates of the runs that the table lists; those whose curves are hidden are dimmed. */
export interface ParallelCard {
  readonly element: HTMLElement;
  /** @param name - of the runs, where there are others */
  update(runs: readonly RunReport[], name?: string): void;
}

const HEIGHT = 320;
/** Pixels of its padding. */
const SIDES = 8;
const HINT = 'Point at a line, or use the arrow keys, to read a run.';
const WIDER = ' The chart goes on to the right.';

/** The elements of the card, and what they show. */
interface Card {
  readonly selection: Selection;
  readonly host: HTMLElement;
  readonly reading: HTMLElement;
  runs: readonly RunReport[];
  axes: readonly RunAxis[];
  view: View | undefined;
  drawnWidth: number;
  /** The place in the table of the run that is read; -1: none. */
  at: number;
}

export function parallelCard(selection: Selection): ParallelCard {
  const host = el('div', {class: 'plot', role: 'slider', tabindex: 0, 'aria-orientation': 'vertical'});
  const reading = el('p', {class: 'quiet tip-line'}, HINT);
  const card: Card = {selection, host, reading, runs: [], axes: [], view: undefined, drawnWidth: 0, at: -1};
  const tools = cardTools({
    spec: () => parallelSpec(selection.listed, card.axes, drawing(card, {width: 1000, palette: PAPER, isAlone: true})),
    fileName: () => 'parallel-coordinates',
    table: () => runsValues(TITLE.toLowerCase(), selection.listed, card.axes),
  });
  const element = frameOf(host, reading, tools);
  const redraw = (): void => {
    element.hidden = card.axes.length < 2 || card.runs.length < 2;
    if (!element.hidden) draw(card);
  };
  listen(card);
  onResize(host, () => card.drawnWidth, redraw);
  onThemeChange(redraw);
  return {
    element,
    update(next, name) {
      card.runs = next;
      element.querySelector('.scroll')?.setAttribute('aria-label', named(`Chart of ${TITLE.toLowerCase()}`, name));
      card.axes = parallelAxes(next);
      tools.update(named(TITLE.toLowerCase(), name));
      redraw();
    },
  };
}

function drawing({selection}: Card, place: Pick<ParallelDrawing, 'width' | 'palette' | 'isAlone'>): ParallelDrawing {
  const {series} = place.palette;
  return {
    ...place,
    height: HEIGHT,
    isShown: ({id}) => selection.shown.has(id),
    colorOf: ({id}) => series[selection.numberOf(id) % series.length]!,
  };
}

function leastWidth(axes: readonly RunAxis[]): number {
  return Math.ceil(parallelWidth(axes, LETTER)) + SIDES;
}

function isWider({drawnWidth, axes}: Card): boolean {
  return drawnWidth < leastWidth(axes);
}

function draw(card: Card): void {
  const {host, axes, selection} = card;
  if (host.clientWidth === 0) return;
  card.view?.finalize();
  card.drawnWidth = host.clientWidth;
  const width = Math.max(drawingWidth(host), leastWidth(axes));
  card.view = drawInto(
    host,
    parallelSpec(selection.listed, axes, drawing(card, {width, palette: palette(), isAlone: false})),
  );
  card.view.addEventListener('pointermove', (_, item) => {
    const id = (item?.datum as {id?: string} | undefined)?.id;
    if (id !== undefined)
      read(
        card,
        selection.listed.findIndex((run) => run.id === id),
      );
  });
  read(card, card.at);
}

/** Shows the values of one of the runs that the table lists; at -1 of none. */
function read(card: Card, index: number): void {
  const {selection, axes, host, view, reading} = card;
  card.at = Math.min(index, selection.listed.length - 1);
  const run = selection.listed[card.at];
  view?.signal('readRun', run?.id ?? null).run();
  const text = run && runText(run, axes);
  reading.textContent = text ?? (isWider(card) ? HINT + WIDER : HINT);
  setAttributes(host, {
    'aria-label': `Parallel coordinates of ${selection.listed.length} runs over ${axes.map(({name}) => name).join(', ')}`,
    'aria-valuemin': 1,
    'aria-valuemax': Math.max(1, selection.listed.length),
    'aria-valuenow': Math.max(1, card.at + 1),
    'aria-valuetext': text ?? 'arrow keys read the runs',
  });
}

function listen(card: Card): void {
  const {host, selection} = card;
  readByKeyboard(host, {
    at: () => card.at,
    length: () => selection.listed.length,
    read: (index) => read(card, index),
  });
}

const TITLE = 'Hyperparameters and best values';

/** The card around the chart, with its title and its buttons. */
function frameOf(host: HTMLElement, reading: HTMLElement, tools: CardTools): HTMLElement {
  return el(
    'figure',
    {class: 'card wide'},
    el('figcaption', {}, el('div', {}, el('h3', {}, TITLE)), tools.element),
    el('div', {class: 'scroll', tabindex: 0, role: 'region'}, host),
    reading,
    tools.values,
  );
}
