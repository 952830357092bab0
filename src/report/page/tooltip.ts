import {el, svg} from './dom.js';
import {exact} from './format.js';
import {type Line, type LineChart, strokeOf} from './line-chart.js';
import {MOST_READ, positionText, readingsAt} from './readout.js';
import {palette} from './theme.js';

/** A short piece of a line as it is drawn. */
export function swatch(line: Pick<Line, 'style'>): SVGElement {
  const {color, dash, width} = strokeOf(line, palette());
  return svg(
    'svg',
    {class: 'swatch', width: 22, height: 10, viewBox: '0 0 22 10', 'aria-hidden': 'true'},
    svg('line', {
      x1: 0,
      y1: 5,
      x2: 22,
      y2: 5,
      stroke: color,
      'stroke-width': width + 0.5,
      'stroke-dasharray': dash[1] === 0 ? null : dash.join(' '),
    }),
  );
}

/** What a tooltip says of a position: the largest values first where the lines are many. */
export function tooltipContent(chart: LineChart, at: number): Node[] {
  const readings = readingsAt(chart, at);
  const sorted =
    readings.length > 4
      ? [...readings].sort((a, b) => (b.value ?? Number.NEGATIVE_INFINITY) - (a.value ?? Number.NEGATIVE_INFINITY))
      : readings;
  const left = sorted.length - MOST_READ;
  const mark = chart.marks?.find(({x}) => x === at);
  return [
    el('div', {class: 'tip-head'}, positionText(chart, at), mark ? ` · ${mark.label}` : ''),
    ...sorted
      .slice(0, MOST_READ)
      .map(({line, value}) =>
        el(
          'div',
          {class: 'tip-row'},
          swatch(line),
          el('span', {class: 'tip-name'}, line.name),
          el('b', {}, exact(value)),
        ),
      ),
    ...(left > 0 ? [el('div', {class: 'tip-row'}, `and ${left} more`)] : []),
  ];
}

/** Puts a tooltip beside a point of its host, within the host. */
export function placeTooltip(tip: HTMLElement, host: HTMLElement, x: number): void {
  const room = host.clientWidth;
  const width = tip.offsetWidth;
  const left = x + 14 + width <= room ? x + 14 : Math.max(0, x - 14 - width);
  tip.style.setProperty('left', `${left}px`);
}
