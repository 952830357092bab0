import {breakable, el} from './dom.js';
import {exact} from './format.js';
import type {LineChart} from './line-chart.js';
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
  return el(
    'div',
    {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Values of ${chart.title}`},
    el(
      'table',
      {class: 'figures'},
      note && el('caption', {}, note),
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          ...[chart.xTitle, ...chart.lines.map(({name}) => name)].map((name) =>
            el('th', {scope: 'col'}, ...breakable(name)),
          ),
        ),
      ),
      el(
        'tbody',
        {},
        ...shown.map((at) =>
          el('tr', {}, el('th', {scope: 'row'}, exact(at)), ...values.map((of) => el('td', {}, exact(of.get(at))))),
        ),
      ),
    ),
  );
}
