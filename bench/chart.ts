import type {TopLevelSpec} from 'vega-lite';
import {CONFIG, SCHEMA} from '../src/plots/style.js';
import type {Row} from './rows.js';

const HEIGHT = 420;
const PANELS_WIDTH = 900;

/** Milliseconds a step of each engine on a logarithmic axis, a panel for each workload and batch size. */
export function benchChart(rows: readonly Row[]): TopLevelSpec {
  const panels = [...new Set(rows.map(panelOf))];
  const names = [...new Set(rows.map(({name}) => name))];
  const least = Math.min(...rows.map(({millisecondsPerStep}) => millisecondsPerStep)) / 2;
  const values = rows.map((row) => ({
    name: row.name,
    panel: panelOf(row),
    milliseconds: row.millisecondsPerStep,
    least,
    label: row.millisecondsPerStep.toPrecision(3),
  }));
  const y = {field: 'name', type: 'nominal', sort: names, title: null, axis: {labelLimit: 260, grid: false}};
  const x = {
    field: 'milliseconds',
    type: 'quantitative',
    title: 'ms a step',
    scale: {type: 'log', domainMin: least, nice: true},
    axis: {tickCount: 4, labelExpr: "format(datum.value, '~r')"},
  };
  return {
    $schema: SCHEMA,
    title: {text: 'Time of a training step', subtitle: 'median of the rounds, logarithmic: less is better'},
    padding: {left: 16, right: 16, top: 16, bottom: 12},
    config: {...CONFIG, header: {labelFontSize: 15}} as never,
    data: {values},
    facet: {column: {field: 'panel', type: 'nominal', sort: panels, title: null}},
    spec: {
      width: Math.round(PANELS_WIDTH / panels.length) - 20,
      height: HEIGHT,
      layer: [
        {mark: {type: 'bar', color: '#0b5fa5'}, encoding: {y, x, x2: {field: 'least'}}},
        {
          mark: {type: 'text', align: 'left', dx: 4, fontSize: 14},
          encoding: {y, x, text: {field: 'label', type: 'nominal'}},
        },
      ],
    },
  } as never;
}

function panelOf({workload, batchSize}: Row): string {
  return `${workload}, batch ${batchSize}`;
}
