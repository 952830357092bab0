import type {TopLevelSpec} from 'vega-lite';
import {threeDigits} from '../src/cli/index.js';
import {CONFIG, SCHEMA} from '../src/plots/index.js';
import type {Row} from './rows.js';

const HEIGHT = 420;
const PANELS_WIDTH = 940;
const THICKEST_BAR = 90;
/** Room for the longest number beside a bar, with its margin. */
const LABEL_WIDTH = 58;
/** Room for the longest number below the axis, with its margin. */
const TICK_WIDTH = 60;

/** Milliseconds per step of each engine on a logarithmic axis, a panel for each workload, batch size and optimizer. */
export function benchChart(rows: readonly Row[]): TopLevelSpec {
  const panels = [...new Set(rows.map(panelOf))];
  const names = [...new Set(rows.map(({name}) => name))];
  const width = Math.round(PANELS_WIDTH / panels.length) - 20;
  const [low, high] = rangeOf(
    rows.map(({millisecondsPerStep}) => millisecondsPerStep),
    width,
  );
  const values = rows.map((row) => ({
    name: row.name,
    panel: panelOf(row),
    milliseconds: row.millisecondsPerStep,
    low,
    label: threeDigits(row.millisecondsPerStep),
  }));
  const y = {field: 'name', type: 'nominal', sort: names, title: null, axis: {labelLimit: 260, grid: false}};
  const x = {
    field: 'milliseconds',
    type: 'quantitative',
    title: 'ms/step',
    // Not rounded to whole decades, so that the bars begin at the edge of the panel.
    scale: {type: 'log', domain: [low, high], nice: false},
    axis: {values: ticks(low, high, width), labelExpr: "format(datum.value, '~r')", labelFlush: false},
  };
  const size = Math.min(THICKEST_BAR, Math.round((0.85 * HEIGHT) / names.length));
  return {
    $schema: SCHEMA,
    title: {text: 'Time of a training step', subtitle: 'median of the rounds, logarithmic: less is better'},
    padding: {left: 16, right: 16, top: 16, bottom: 12},
    config: {...CONFIG, header: {labelFontSize: 15}} as never,
    data: {values},
    facet: {column: {field: 'panel', type: 'nominal', sort: panels, title: null}},
    spec: {
      width,
      height: HEIGHT,
      layer: [
        {mark: {type: 'bar', color: '#0b5fa5', size}, encoding: {y, x, x2: {field: 'low'}}},
        {
          mark: {type: 'text', align: 'left', dx: 4, fontSize: 14},
          encoding: {y, x, text: {field: 'label', type: 'nominal'}},
        },
      ],
    },
  } as never;
}

function panelOf({workload, batchSize, optimizer}: Row): string {
  return `${workload}, batch ${batchSize}, ${optimizer}`;
}

/** An axis on which the shortest bar can be seen, and the number beside the longest one still has room. */
function rangeOf(milliseconds: readonly number[], width: number): [low: number, high: number] {
  const low = roundBelow(Math.min(...milliseconds) / 1.5);
  const most = Math.max(...milliseconds);
  return [low, low * (most / low) ** (width / (width - LABEL_WIDTH))];
}

/** The next 1, 2 or 5 of a decade at or below a value. */
function roundBelow(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value));
  return [5, 2, 1].find((digit) => digit * decade <= value)! * decade;
}

/** The decades: with their 2 and 5 if there is room, and only some of them if there is little. */
function ticks(low: number, high: number, width: number): number[] {
  const decades = Math.log10(high / low);
  const digits = width / decades > 150 ? [1, 2, 5] : [1];
  const step = Math.ceil(TICK_WIDTH / (width / decades));
  const first = Math.floor(Math.log10(low));
  // A number at the right edge would run into the next panel's first one.
  const last = low * (high / low) ** (1 - TICK_WIDTH / 2 / width);
  return Array.from({length: Math.ceil(decades) + 2}, (_, i) => first + i * step)
    .flatMap((decade) => digits.map((digit) => Number(`${digit}e${decade}`)))
    .filter((tick) => tick >= low && tick <= last);
}
