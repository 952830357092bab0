import type {RunReport, RunsData} from '../report-data.js';
import {type CurveOptions, curveControls} from './controls.js';
import {button, choice, el} from './dom.js';
import {lineCard} from './line-card.js';
import type {LineChart} from './line-spec.js';
import {parallelCard} from './parallel-card.js';
import {lineOf, targetFrame} from './run-charts.js';
import {problemNote, runView} from './run-view.js';
import {runsTable, type Selection} from './runs-table.js';
import {scoresView} from './scores-view.js';

/** A set of runs: their table, their curves, parallel coordinates, scores, and one of them in full. */
export interface SetView {
  readonly element: HTMLElement;
  update(data: RunsData): void;
}

/** Curves that are shown at first. */
const FIRST_SHOWN = 10;

export function setView(): SetView {
  const numbers = new Map<string, number>();
  const selection: Selection = {shown: new Set(), listed: [], numberOf: (id) => numbers.get(id) ?? 0};
  const options: CurveOptions = {x: 'steps', isLog: false, smoothing: 0};
  let runs: readonly RunReport[] = [];
  let metric = '';
  let opened: string | undefined;
  const title = el('h1');
  const problems = el('div');
  const curves = lineCard({height: 360, hasOwnLegend: false});
  const parallel = parallelCard(selection);
  const scores = scoresView();
  const metricHost = el('div', {class: 'metric-choice'});
  const detail = el('div', {class: 'detail'});
  const one = runView(2);

  const drawShared = (): void => {
    curves.update(curvesChart(selection, metric, options));
    parallel.update(runs);
  };
  const table = runsTable({selection, onChange: drawShared, onOpen: open});

  function open(id: string): void {
    opened = id;
    detail.replaceChildren(button('Close this run', close), one.element);
    one.update(runs.find((run) => run.id === id)!);
    detail.querySelector<HTMLElement>('h2')?.focus();
    detail.scrollIntoView({block: 'start'});
  }

  function close(): void {
    opened = undefined;
    detail.replaceChildren();
    document.querySelector<HTMLElement>('table.runs .link')?.focus();
  }

  function drawMetricChoice(): void {
    const names = metricNames(runs);
    if (!names.includes(metric)) metric = defaultMetric(runs, names);
    if (metricHost.dataset.names === names.join('\n')) return;
    metricHost.dataset.names = names.join('\n');
    const named = names.map((name) => [name, name] as const);
    metricHost.replaceChildren(
      choice('Curves of', {
        options: named,
        value: metric,
        onChange(value) {
          metric = value;
          drawShared();
        },
      }),
    );
  }

  return {
    element: el(
      'article',
      {},
      title,
      problems,
      scores.element,
      el('section', {'aria-label': 'Runs'}, el('h2', {}, 'Runs'), table.element),
      el(
        'section',
        {'aria-label': 'Curves'},
        el('h2', {}, 'Curves'),
        el('div', {class: 'controls'}, metricHost, curveControls(options, drawShared, 'Logarithmic')),
        el('div', {class: 'cards one'}, curves.element, parallel.element),
      ),
      detail,
    ),
    update(data) {
      runs = data.runs;
      title.textContent = data.title;
      problems.replaceChildren(...problemNote(data.problems));
      scores.update(data.scores);
      const isFirst = numbers.size === 0;
      for (const {id} of runs) {
        if (numbers.has(id)) continue;
        if (!isFirst || numbers.size < FIRST_SHOWN) selection.shown.add(id);
        numbers.set(id, numbers.size);
      }
      table.update(runs);
      drawMetricChoice();
      drawShared();
      const run = runs.find(({id}) => id === opened);
      if (run) one.update(run);
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

function curveOf(run: RunReport, metric: string, how: Parameters<typeof lineOf>[2]) {
  if (metric === 'learning rate') {
    const {asRun} = run;
    if (!asRun || how.options.x === 'seconds') return [];
    return [{name: how.name, style: how.style, x: asRun.steps, y: asRun.rates}];
  }
  const table = [run.evaluations, run.training, run.throughput].find(({values}) => values[metric]);
  return table ? lineOf(table, metric, how) : [];
}
