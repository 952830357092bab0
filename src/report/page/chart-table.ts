import type {RunReport} from '../report-data.js';
import {breakable, el} from './dom.js';
import {exact} from './format.js';
import type {LineChart} from './line-chart.js';
import type {RunAxis} from './parallel-spec.js';
import {positionsOf} from './readout.js';

/** Rows of a chart's table of values. */
const MOST_ROWS = 300;

/** A chart's values as a table: of very many positions only some, evenly. */
export function chartTable(chart: LineChart): HTMLElement {
  const positions = positionsOf(chart);
  const stride = Math.ceil(positions.length / MOST_ROWS) || 1;
  const shown = positions.filter((_, i) => i % stride === 0 || i === positions.length - 1);
  const values = chart.lines.map(({x, y}) => new Map(x.map((at, i) => [at, y[i]])));
  const note =
    stride > 1 ? `Every ${stride}th of ${positions.length} positions; the run's CSV files have all values.` : undefined;
  return valuesTable(chart.title, {
    note,
    heads: [chart.xTitle, ...chart.lines.map(({name}) => name)],
    rows: shown.map((at) => [exact(at), ...values.map((of) => exact(of.get(at)))]),
  });
}

/** The values of runs on the axes of a chart. */
export function runsValues(title: string, runs: readonly RunReport[], axes: readonly RunAxis[]): HTMLElement {
  return valuesTable(title, {
    heads: ['Run', ...axes.map(({name}) => name)],
    rows: runs.map((run) => [run.name, ...axes.map(({textOf}) => textOf(run))]),
  });
}

interface Values {
  readonly note?: string | undefined;
  readonly heads: readonly string[];
  /** Each with its name first. */
  readonly rows: readonly (readonly string[])[];
}

function valuesTable(title: string, {note, heads, rows}: Values): HTMLElement {
  const rowOf = ([name, ...cells]: readonly string[]) =>
    el('tr', {}, el('th', {scope: 'row'}, name), ...cells.map((cell) => el('td', {}, cell)));
  return el(
    'div',
    {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Values of ${title}`},
    el(
      'table',
      {class: 'figures'},
      note && el('caption', {}, note),
      el('thead', {}, el('tr', {}, ...heads.map((name) => el('th', {scope: 'col'}, ...breakable(name))))),
      el('tbody', {}, ...rows.map(rowOf)),
    ),
  );
}
