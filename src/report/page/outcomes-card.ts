import type {View} from 'vega';
import type {DrawnOutcomes} from '../../plots/index.js';
import {metricTitle, parametersChart, SCREEN} from '../../plots/index.js';
import {varianceExplained} from '../../scoring/index.js';
import type {RunReport} from '../report-data.js';
import {type CardTools, cardTools} from './card-tools.js';
import {runsValues} from './chart-table.js';
import {el, named, onResize, setAttributes} from './dom.js';
import {drawInto} from './draw.js';
import {type DrawnPoint, drawnPoints, nearestPoint} from './drawn-points.js';
import {configOf} from './line-spec.js';
import {parallelAxes, type RunAxis, runText} from './parallel-spec.js';
import {readByKeyboard} from './read-by-keyboard.js';
import {differingKeys, shortKey} from './run-columns.js';
import {drawingWidth, onThemeChange, type Palette, palette} from './theme.js';

/** Hyperparameters that are drawn at most. */
const MOST_PARAMETERS = 9;

const PADDING = {left: 0, right: 4, top: 4, bottom: 10};
/** What a chart of its own leaves free at its sides, and the page does not. */
const SIDES = 40;

/** Pixels from a point within which the pointer reads it. */
const NEAR = 24;
const TITLE = 'Best values by hyperparameter';
const HINT = 'Point at a run, or use the arrow keys, to read its values.';
/** The signal of the drawing that says which run is read. */
const READ = 'readRun';

export interface OutcomesCard {
  readonly element: HTMLElement;
  /** @param name - of the runs, where there are others */
  update(runs: readonly RunReport[], name?: string): void;
}

/** The elements of the card, and what they show. */
interface Card {
  readonly host: HTMLElement;
  readonly reading: HTMLElement;
  readonly rows: HTMLElement;
  /** Those that are drawn, in the drawing's order. */
  runs: readonly RunReport[];
  axes: readonly RunAxis[];
  drawn: DrawnOutcomes | undefined;
  view: View | undefined;
  points: readonly DrawnPoint[];
  drawnWidth: number;
  /** Index of the run that is read; -1: none. */
  at: number;
}

/** The best value against each hyperparameter that runs differ in, and how much of its variance each explains. */
export function outcomesCard(): OutcomesCard {
  const card: Card = {
    host: el('div', {class: 'plot', role: 'slider', tabindex: 0, 'aria-orientation': 'vertical'}),
    reading: el('p', {class: 'quiet tip-line'}, HINT),
    rows: el('tbody'),
    runs: [],
    axes: [],
    drawn: undefined,
    view: undefined,
    points: [],
    drawnWidth: 0,
    at: -1,
  };
  const tools = cardTools({
    spec: () => parametersChart({...card.drawn!, title: TITLE}, SCREEN),
    fileName: () => 'best-values',
    table: () => runsValues(TITLE.toLowerCase(), card.runs, card.axes),
  });
  const element = frameOf(card, tools);
  const redraw = (): void => {
    element.hidden = card.drawn === undefined;
    draw(card);
  };
  listen(card);
  onResize(card.host, () => card.drawnWidth, redraw);
  onThemeChange(redraw);
  return {
    element,
    update(runs, name) {
      element.querySelector('.importance')?.setAttribute('aria-label', named('Table of importance', name));
      card.runs = runs.filter(({best}) => best !== null);
      card.axes = parallelAxes(card.runs, MOST_PARAMETERS);
      card.drawn = outcomesOf(card.runs);
      if (card.drawn) card.rows.replaceChildren(...importanceRows(card.drawn));
      tools.update(named(TITLE.toLowerCase(), name));
      redraw();
    },
  };
}

function draw(card: Card): void {
  const {host, drawn} = card;
  if (!drawn || host.clientWidth === 0) return;
  card.view?.finalize();
  card.drawnWidth = host.clientWidth;
  const width = drawingWidth(host);
  const {title: _, ...chart} = parametersChart({...drawn, marked: READ}, {...SCREEN, width: width + SIDES});
  card.view = drawInto(host, {...chart, padding: PADDING, config: configIn(width, palette())});
  card.points = drawnPoints(card.view);
  read(card, card.at);
}

function configIn(width: number, colors: Palette): object {
  const page = configOf({width, height: 0, palette: colors, isAlone: false});
  return {
    ...page,
    // Only the first panel of a row has labels there.
    axisY: {...page.axisY, minExtent: 0},
    style: {outcome: {color: colors.series[0]}, median: {color: colors.series[1]}, label: {color: colors.quiet}},
  };
}

/** Shows the values of one of the runs; at -1 of none. */
function read(card: Card, index: number): void {
  const {runs, axes, host, view, reading, drawn} = card;
  card.at = Math.min(index, runs.length - 1);
  const run = runs[card.at];
  view?.signal(READ, card.at).run();
  const text = run && runText(run, axes);
  reading.textContent = text ?? HINT;
  setAttributes(host, {
    'aria-label': `${drawn?.metric} against ${drawn?.parameters.map(({name}) => name).join(', ')}`,
    'aria-valuemin': 1,
    'aria-valuemax': Math.max(1, runs.length),
    'aria-valuenow': Math.max(1, card.at + 1),
    'aria-valuetext': text ?? 'arrow keys read the runs',
  });
}

function listen(card: Card): void {
  const {host} = card;
  host.addEventListener('pointermove', ({clientX, clientY}) => {
    const {left, top} = host.getBoundingClientRect();
    read(card, nearestPoint(card.points, {x: clientX - left, y: clientY - top}, NEAR)?.run ?? -1);
  });
  readByKeyboard(host, {at: () => card.at, length: () => card.runs.length, read: (index) => read(card, index)});
}

/** Of runs of one workload with best values; undefined where there is nothing to compare. */
function outcomesOf(finished: readonly RunReport[]): DrawnOutcomes | undefined {
  const [first] = finished;
  const keys = differingKeys(finished).slice(0, MOST_PARAMETERS);
  if (!first?.target || keys.length === 0 || finished.some(({workload}) => workload !== first.workload))
    return undefined;
  return {
    title: '',
    metric: `Best ${metricTitle(first.target.metric)}`,
    outcomes: finished.map(({best}) => best!.value),
    parameters: keys.map((key) => ({name: shortKey(key), values: valuesOf(finished, key)})),
  };
}

function valuesOf(runs: readonly RunReport[], key: string): (number | string)[] {
  const values = runs.map(({hyperparameters}) => hyperparameters[key] ?? null);
  const isNumeric = values.every((value) => typeof value === 'number');
  return isNumeric ? values : values.map((value) => (value === null ? '–' : String(value)));
}

function importanceRows({parameters, outcomes}: DrawnOutcomes): HTMLElement[] {
  return parameters.map(({name, values}) => {
    const share = varianceExplained(values, outcomes)?.toFixed(2) ?? '–';
    return el('tr', {}, el('th', {scope: 'row'}, name), el('td', {}, share));
  });
}

const NOTE =
  'The share of the variance between runs that a hyperparameter explains by itself: 1 decides all, 0 has no effect alone; – where these runs do not tell.';

function frameOf({host, reading, rows}: Card, tools: CardTools): HTMLElement {
  const heads = ['Hyperparameter', 'Importance'].map((name) => el('th', {scope: 'col'}, name));
  return el(
    'figure',
    {class: 'card wide'},
    el('figcaption', {}, el('div', {}, el('h3', {}, TITLE)), tools.element),
    host,
    reading,
    tools.values,
    el(
      'div',
      {class: 'scroll importance', tabindex: 0, role: 'region'},
      el('table', {class: 'figures'}, el('thead', {}, el('tr', {}, ...heads)), rows),
    ),
    el('p', {class: 'note'}, NOTE),
  );
}
