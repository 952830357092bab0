import type {View} from 'vega';
import {type CardTools, cardTools} from './card-tools.js';
import {chartTable} from './chart-table.js';
import {checkbox, el, onResize, setAttributes} from './dom.js';
import {drawInto} from './draw.js';
import type {LineChart} from './line-chart.js';
import {lineSpec} from './line-spec.js';
import {readByKeyboard} from './read-by-keyboard.js';
import {nearest, positionsOf, readingText} from './readout.js';
import {drawingWidth, onThemeChange, PAPER, palette} from './theme.js';
import {placeTooltip, swatch, tooltipContent} from './tooltip.js';

/** A chart of lines in a frame: legend with show and hide, values by pointer and keyboard, a table, PNG and SVG. */
export interface LineCard {
  readonly element: HTMLElement;
  /** Draws what has changed. */
  update(chart: LineChart): void;
}

interface CardOptions {
  /** What the chart is of, in a sentence, below its title. */
  readonly note?: string;
  /** In pixels; default 260. */
  readonly height?: number;
  /** False: another control says which lines are shown. Default true. */
  readonly hasOwnLegend?: boolean;
}

/** The elements of a card, and what they show. */
interface Card {
  readonly height: number;
  readonly hasOwnLegend: boolean;
  readonly title: HTMLElement;
  readonly legend: HTMLElement;
  readonly host: HTMLElement;
  readonly tip: HTMLElement;
  readonly tools: CardTools;
  /** Names of lines that are not shown. */
  readonly hidden: Set<string>;
  chart: LineChart;
  view: View | undefined;
  /** The width of its place when it was drawn; 0: it was not. */
  drawnWidth: number;
  /** Where the shown lines have values. */
  positions: readonly number[];
  /** The place among the positions that is read; -1: none. */
  at: number;
}

const NARROWEST = 200;
const EMPTY: LineChart = {title: '', xTitle: '', yTitle: '', isLog: false, lines: []};
/** Of a chart that leaves the page. */
const PICTURE = {width: 900, height: 420};

export function lineCard({note, height = 260, hasOwnLegend = true}: CardOptions = {}): LineCard {
  const card: Card = {
    height,
    hasOwnLegend,
    title: el('h3'),
    legend: el('div', {class: 'legend'}),
    host: el('div', {class: 'plot', role: 'slider', tabindex: 0, 'aria-orientation': 'horizontal'}),
    tip: el('div', {class: 'tip', 'aria-hidden': 'true', hidden: true}),
    tools: cardTools({
      spec: () => lineSpec(shownOf(card), {...PICTURE, palette: PAPER, isAlone: true}),
      fileName: () => card.chart.title,
      table: () => chartTable(shownOf(card)),
    }),
    hidden: new Set(),
    chart: EMPTY,
    view: undefined,
    drawnWidth: 0,
    positions: [],
    at: -1,
  };
  listen(card);
  return {
    element: el(
      'figure',
      {class: 'card'},
      el('figcaption', {}, el('div', {}, card.title, note && el('p', {class: 'note'}, note)), card.tools.element),
      card.legend,
      el('div', {class: 'plot-frame'}, card.host, card.tip),
      card.tools.values,
    ),
    update(chart) {
      if (JSON.stringify(chart) === JSON.stringify(card.chart)) return;
      const namesOf = ({lines}: LineChart) => lines.map(({name, style}) => `${name}\0${style}`).join('\n');
      const hasNewNames = namesOf(chart) !== namesOf(card.chart);
      card.chart = chart;
      card.title.textContent = chart.title;
      if (hasNewNames) drawLegend(card);
      draw(card);
    },
  };
}

const shownOf = ({chart, hidden}: Card): LineChart => ({
  ...chart,
  lines: chart.lines.filter(({name}) => !hidden.has(name)),
});

function draw(card: Card): void {
  const {host, tools, height} = card;
  if (card.chart === EMPTY || host.clientWidth === 0) return;
  const chart = shownOf(card);
  card.view?.finalize();
  card.drawnWidth = host.clientWidth;
  const width = Math.max(NARROWEST, drawingWidth(host));
  card.view = drawInto(host, lineSpec(chart, {width, height, palette: palette(), isAlone: false}));
  card.positions = positionsOf(chart);
  tools.update(chart.title);
  look(card, card.at);
}

/** Reads the values at one of the positions; at -1 none. */
function look(card: Card, index: number): void {
  const {positions, tip, host, view} = card;
  card.at = Math.min(index, positions.length - 1);
  const position = positions[card.at];
  tip.hidden = position === undefined;
  view?.signal('lookedAt', position ?? null).run();
  if (view && position !== undefined) {
    tip.replaceChildren(...tooltipContent(shownOf(card), position));
    placeTooltip(tip, host, originOf(view) + (view.scale('x') as (x: number) => number)(position));
  }
  describe(card, position);
}

/** What a screen reader says. */
function describe({host, chart, positions, hidden}: Card, position: number | undefined): void {
  const shown = {...chart, lines: chart.lines.filter(({name}) => !hidden.has(name))};
  setAttributes(host, {
    'aria-label': `${chart.title}, ${chart.yTitle} by ${chart.xTitle}`,
    'aria-valuemin': positions[0] ?? 0,
    'aria-valuemax': positions.at(-1) ?? 0,
    'aria-valuenow': position ?? positions[0] ?? 0,
    'aria-valuetext': position === undefined ? 'arrow keys read the values' : readingText(shown, position),
  });
}

function listen(card: Card): void {
  const {host} = card;
  host.addEventListener('pointermove', ({clientX}) => {
    if (!card.view) return;
    const x = clientX - host.getBoundingClientRect().left - originOf(card.view);
    const scale = card.view.scale('x') as unknown as {invert(x: number): number};
    look(card, nearest(card.positions, scale.invert(x)));
  });
  readByKeyboard(host, {
    at: () => card.at,
    length: () => card.positions.length,
    read: (index) => look(card, index),
  });
  onResize(
    host,
    () => card.drawnWidth,
    () => draw(card),
  );
  onThemeChange(() => {
    drawLegend(card);
    draw(card);
  });
}

function drawLegend(card: Card): void {
  const {lines} = card.chart;
  const shown = card.hasOwnLegend && lines.length > 1 ? lines : [];
  const boxes = shown.map((line) =>
    checkbox(line.name, {
      isChecked: !card.hidden.has(line.name),
      swatch: swatch(line),
      onChange(isChecked) {
        if (isChecked) card.hidden.delete(line.name);
        else card.hidden.add(line.name);
        draw(card);
      },
    }),
  );
  card.legend.replaceChildren(...boxes);
}

/** Where the plot begins in its host. */
function originOf(view: View): number {
  return view.origin()[0] + (view.padding() as {left: number}).left;
}
