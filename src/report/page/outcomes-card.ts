import type {DrawnOutcomes} from '../../plots/index.js';
import {metricTitle, parametersChart, SCREEN} from '../../plots/index.js';
import {varianceExplained} from '../../scoring/index.js';
import type {RunReport} from '../report-data.js';
import {el, named, onResize} from './dom.js';
import {drawInto} from './draw.js';
import {configOf} from './line-spec.js';
import {differingKeys, shortKey} from './run-columns.js';
import {drawingWidth, onThemeChange, palette} from './theme.js';

/** Hyperparameters that are drawn at most. */
const MOST_PARAMETERS = 9;

const PADDING = {left: 0, right: 4, top: 4, bottom: 10};
/** What a chart of its own leaves free at its sides, and the page does not. */
const SIDES = 40;

export interface OutcomesCard {
  readonly element: HTMLElement;
  /** @param name - of the runs, where there are others */
  update(runs: readonly RunReport[], name?: string): void;
}

/** The best value against each hyperparameter that runs differ in, and how much of its variance each explains. */
export function outcomesCard(): OutcomesCard {
  const host = el('div', {class: 'plot', role: 'img'});
  const rows = el('tbody');
  const element = frameOf(host, rows);
  let drawn: DrawnOutcomes | undefined;
  let drawnWidth = 0;
  const draw = (): void => {
    element.hidden = drawn === undefined;
    if (!drawn || host.clientWidth === 0) return;
    drawnWidth = host.clientWidth;
    const {series, quiet} = palette();
    const width = drawingWidth(host);
    const page = configOf({width, height: 0, palette: palette(), isAlone: false});
    const config = {
      ...page,
      // Only the first panel of a row has labels there.
      axisY: {...page.axisY, minExtent: 0},
      style: {outcome: {color: series[0]}, median: {color: series[1]}, label: {color: quiet}},
    };
    const {title: _, ...chart} = parametersChart(drawn, {...SCREEN, width: width + SIDES});
    drawInto(host, {...chart, padding: PADDING, config});
  };
  onResize(host, () => drawnWidth, draw);
  onThemeChange(draw);
  return {
    element,
    update(runs, name) {
      element.querySelector('.scroll')?.setAttribute('aria-label', named('Table of importance', name));
      drawn = outcomesOf(runs);
      if (drawn) {
        host.setAttribute('aria-label', `${drawn.metric} against ${drawn.parameters.map(({name}) => name).join(', ')}`);
        rows.replaceChildren(...importanceRows(drawn));
      }
      draw();
    },
  };
}

/** Of runs of one workload; undefined where there is nothing to compare. */
function outcomesOf(runs: readonly RunReport[]): DrawnOutcomes | undefined {
  const finished = runs.filter(({best}) => best !== null);
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

function frameOf(host: HTMLElement, rows: HTMLElement): HTMLElement {
  const heads = ['Hyperparameter', 'Importance'].map((name) => el('th', {scope: 'col'}, name));
  return el(
    'figure',
    {class: 'card wide'},
    el('figcaption', {}, el('h3', {}, 'Best values by hyperparameter')),
    host,
    el(
      'div',
      {class: 'scroll', tabindex: 0, role: 'region'},
      el('table', {class: 'figures'}, el('thead', {}, el('tr', {}, ...heads)), rows),
    ),
    el('p', {class: 'note'}, NOTE),
  );
}
