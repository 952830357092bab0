import type {View} from 'vega';
import {chartTable} from './chart-table.js';
import {button, checkbox, el, setAttributes} from './dom.js';
import {download, drawInto, pictureOf} from './draw.js';
import {type LineChart, lineSpec} from './line-spec.js';
import {nearest, positionsOf, readingText} from './readout.js';
import {onThemeChange, PAPER, palette} from './theme.js';
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
  readonly height?: number;
  /** No legend: another control says which lines are shown. */
  readonly hasOwnLegend?: boolean;
}

const NARROWEST = 200;

export function lineCard({note, height = 260, hasOwnLegend = true}: CardOptions = {}): LineCard {
  const title = el('h3');
  const legend = el('div', {class: 'legend'});
  const host = el('div', {class: 'plot', role: 'slider', tabindex: 0, 'aria-orientation': 'horizontal'});
  const tip = el('div', {class: 'tip', 'aria-hidden': 'true', hidden: true});
  const frame = el('div', {class: 'plot-frame'}, host, tip);
  const table = el('div', {class: 'chart-data', hidden: true});
  const hidden = new Set<string>();
  let chart: LineChart | undefined;
  let view: View | undefined;
  let positions: number[] = [];
  let at = -1;

  const shown = (): LineChart => ({...chart!, lines: chart!.lines.filter(({name}) => !hidden.has(name))});

  function draw(): void {
    if (!chart || host.clientWidth === 0) return;
    view?.finalize();
    const width = Math.max(NARROWEST, host.clientWidth);
    view = drawInto(host, lineSpec(shown(), {width, height, palette: palette(), isAlone: false}));
    positions = positionsOf(shown());
    describe();
    if (!table.hidden) table.replaceChildren(chartTable(shown()));
  }

  function describe(): void {
    const [first, last] = [positions[0] ?? 0, positions.at(-1) ?? 0];
    const text = at < 0 || positions.length === 0 ? 'arrow keys read the values' : readingText(shown(), positions[at]!);
    setAttributes(host, {
      'aria-label': `${chart!.title}, ${chart!.yTitle} by ${chart!.xTitle}`,
      'aria-valuemin': first,
      'aria-valuemax': last,
      'aria-valuenow': positions[Math.max(0, at)] ?? 0,
      'aria-valuetext': text,
    });
  }

  function look(index: number): void {
    at = Math.min(index, positions.length - 1);
    const position = positions[at];
    tip.hidden = position === undefined;
    view?.signal('lookedAt', position ?? null).run();
    if (view && position !== undefined) {
      tip.replaceChildren(...tooltipContent(shown(), position));
      placeTooltip(tip, frame, originOf(view) + (view.scale('x') as (x: number) => number)(position));
    }
    describe();
  }

  host.addEventListener('pointermove', (event) => {
    if (!view) return;
    const x = event.clientX - host.getBoundingClientRect().left - originOf(view);
    look(nearest(positions, (view.scale('x') as unknown as {invert(x: number): number}).invert(x)));
  });
  host.addEventListener('pointerleave', () => look(-1));
  host.addEventListener('blur', () => look(-1));
  host.addEventListener('keydown', (event) => {
    const index = keyedIndex(event.key, at, positions.length);
    if (index === undefined) return;
    event.preventDefault();
    look(index);
  });

  function drawLegend(): void {
    const lines = hasOwnLegend && chart!.lines.length > 1 ? chart!.lines : [];
    legend.replaceChildren(
      ...lines.map((line) =>
        checkbox(line.name, {
          isChecked: !hidden.has(line.name),
          swatch: swatch(line),
          onChange(isChecked) {
            if (isChecked) hidden.delete(line.name);
            else hidden.add(line.name);
            draw();
          },
        }),
      ),
    );
  }

  const save = (kind: 'png' | 'svg') => async () => {
    const drawing = {width: 900, height: 420, palette: PAPER, isAlone: true};
    download(await pictureOf(lineSpec(shown(), drawing), kind), `${chart!.title}.${kind}`);
  };
  const dataButton = button(
    'Data',
    () => {
      table.hidden = !table.hidden;
      dataButton.setAttribute('aria-expanded', String(!table.hidden));
      table.replaceChildren(...(table.hidden ? [] : [chartTable(shown())]));
    },
    {'aria-expanded': 'false'},
  );
  const tools = el('div', {class: 'tools'}, dataButton, button('PNG', save('png')), button('SVG', save('svg')));

  let width = 0;
  new ResizeObserver(() => {
    if (host.clientWidth === width) return;
    width = host.clientWidth;
    requestAnimationFrame(draw);
  }).observe(host);
  let names = '';
  onThemeChange(() => {
    if (!chart) return;
    drawLegend();
    draw();
  });

  return {
    element: el(
      'figure',
      {class: 'card'},
      el('figcaption', {}, el('div', {}, title, note && el('p', {class: 'note'}, note)), tools),
      legend,
      frame,
      table,
    ),
    update(next) {
      const isSame = JSON.stringify(next) === JSON.stringify(chart);
      if (isSame) return;
      chart = next;
      title.textContent = next.title;
      for (const tool of tools.children) tool.setAttribute('aria-label', `${tool.textContent} of ${next.title}`);
      const nextNames = next.lines.map(({name, style}) => `${name}\0${style}`).join('\n');
      if (nextNames !== names) drawLegend();
      names = nextNames;
      draw();
    },
  };
}

/** Where the plot begins in its host. */
function originOf(view: View): number {
  return view.origin()[0] + (view.padding() as {left: number}).left;
}

/** The position that a key leads to; undefined: the key is for others. */
function keyedIndex(key: string, at: number, length: number): number | undefined {
  const page = Math.max(1, Math.round(length / 10));
  const moves: {readonly [key: string]: number} = {
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    PageUp: at + page,
    PageDown: at - page,
    Home: 0,
    End: length - 1,
  };
  if (key === 'Escape') return -1;
  const to = moves[key];
  return to === undefined ? undefined : Math.max(0, Math.min(length - 1, to));
}
