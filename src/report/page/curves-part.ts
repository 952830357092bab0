import type {RunReport} from '../report-data.js';
import {type CurveOptions, curveControls} from './controls.js';
import {choice, el} from './dom.js';
import {lineCard} from './line-card.js';
import type {Line, LineChart} from './line-chart.js';
import {outcomesCard} from './outcomes-card.js';
import {parallelCard} from './parallel-card.js';
import {lineOf, targetFrame} from './run-charts.js';
import type {Selection} from './runs-table.js';

/** The curves of the runs that are shown, and their hyperparameters. */
export interface CurvesPart {
  readonly element: HTMLElement;
  /** Draws the runs that are shown now. */
  draw(): void;
  update(runs: readonly RunReport[]): void;
}

export function curvesPart(selection: Selection): CurvesPart {
  const options: CurveOptions = {x: 'steps', isLog: false, smoothing: 0};
  const curves = lineCard({height: 360, hasOwnLegend: false});
  const parallel = parallelCard(selection);
  const outcomes = outcomesCard();
  const metricHost = el('div', {class: 'metric-choice'});
  let runs: readonly RunReport[] = [];
  let metric = '';
  const draw = (): void => {
    curves.update(curvesChart(selection, metric, options));
    parallel.update(runs);
  };
  const choose = (value: string): void => {
    metric = value;
    draw();
  };
  const controls = el('div', {class: 'controls'}, metricHost, curveControls(options, draw, 'Logarithmic'));
  const cards = el('div', {class: 'cards one'}, curves.element, parallel.element, outcomes.element);
  return {
    element: el('section', {'aria-label': 'Curves'}, el('h2', {}, 'Curves'), controls, cards),
    draw,
    update(next) {
      runs = next;
      outcomes.update(runs);
      const names = metricNames(runs);
      if (!names.includes(metric)) metric = defaultMetric(runs, names);
      if (metricHost.dataset.names !== names.join('\n')) {
        metricHost.dataset.names = names.join('\n');
        const named = names.map((name) => [name, name] as const);
        metricHost.replaceChildren(choice('Curves of', {options: named, value: metric, onChange: choose}));
      }
      draw();
    },
  };
}

/** Columns that any of the runs has: the evaluations' first. */
function metricNames(runs: readonly RunReport[]): string[] {
  const names = runs.flatMap(({evaluations}) => Object.keys(evaluations.values));
  const training = runs.flatMap(({training: {values}}) => Object.keys(values));
  return [...new Set([...names, ...training, 'learning rate', 'steps/s'])];
}

function defaultMetric(runs: readonly RunReport[], names: readonly string[]): string {
  const target = runs.find(({target}) => target)?.target;
  const wanted = target && `validation/${target.metric}`;
  return wanted && names.includes(wanted) ? wanted : names[0]!;
}

function curvesChart(selection: Selection, metric: string, options: CurveOptions): LineChart {
  const shown = selection.listed.filter(({id}) => selection.shown.has(id));
  const lines = shown.flatMap((run) =>
    curveOf(run, metric, {name: run.name, style: selection.numberOf(run.id), options}),
  );
  const target = shown.find((run) => run.target && metric === `validation/${run.target.metric}`)?.target;
  return {
    title: metric,
    xTitle: options.x === 'steps' ? 'Global steps' : 'Seconds of the submission',
    yTitle: metric,
    isLog: options.isLog,
    lines,
    ...(target ? targetFrame(target, lines) : {}),
  };
}

function curveOf(run: RunReport, metric: string, how: Parameters<typeof lineOf>[2]): Line[] {
  if (metric === 'learning rate') {
    const {asRun} = run;
    if (!asRun || how.options.x === 'seconds') return [];
    return [{name: how.name, style: how.style, x: asRun.steps, y: asRun.rates}];
  }
  const table = [run.evaluations, run.training, run.throughput].find(({values}) => values[metric]);
  return table ? lineOf(table, metric, how) : [];
}
