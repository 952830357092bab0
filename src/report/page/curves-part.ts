import type {RunReport} from '../report-data.js';
import {type CurveOptions, curveControls} from './controls.js';
import {choice, el, named} from './dom.js';
import {lineCard} from './line-card.js';
import type {Line, LineChart} from './line-chart.js';
import {outcomesCard} from './outcomes-card.js';
import {parallelCard} from './parallel-card.js';
import {lineOf, targetFrame} from './run-charts.js';
import type {Selection} from './runs-table.js';

/** The curves of the runs that are shown, and their hyperparameters. */
export interface CurvesParts {
  readonly element: HTMLElement;
  /** Draws the runs that are shown now. */
  draw(): void;
  update(runs: readonly RunReport[]): void;
}

/** The same of runs whose values have an axis in common. */
interface CurvesPart extends Omit<CurvesParts, 'update'> {
  /** @param name - of the runs, where there are others */
  update(runs: readonly RunReport[], name: string | undefined): void;
}

/**
 * A part for the runs of each workload and metric: their values have no axis in common. Runs of which no metric is known, since they
 * have not come so far, are with those of their workload.
 */
export function curvesParts(selection: Selection): CurvesParts {
  const parts = new Map<string, CurvesPart>();
  const element = el('div');
  const partOf = (group: RunGroup): CurvesPart => {
    const part = parts.get(group.name) ?? curvesPart(selection);
    if (!parts.has(group.name)) element.append(part.element);
    parts.set(group.name, part);
    return part;
  };
  return {
    element,
    draw() {
      for (const part of parts.values()) part.draw();
    },
    update(runs) {
      const groups = groupsOf(runs);
      for (const [name, part] of parts) part.element.hidden = !groups.some((group) => group.name === name);
      for (const group of groups) partOf(group).update(group.runs, groups.length > 1 ? group.name : undefined);
    },
  };
}

interface RunGroup {
  /** `mnist`; with a metric where runs of the workload have several. */
  readonly name: string;
  readonly runs: readonly RunReport[];
}

function groupsOf(runs: readonly RunReport[]): RunGroup[] {
  const names = groupNames(runs);
  return [...new Set(names)].map((name) => ({name, runs: runs.filter((_, i) => names[i] === name)}));
}

function groupNames(runs: readonly RunReport[]): string[] {
  const metrics = new Map<string | null, Set<string>>();
  for (const {workload, target} of runs)
    if (target) metrics.set(workload, (metrics.get(workload) ?? new Set()).add(target.metric));
  return runs.map(({workload, target}) => {
    const own = [...(metrics.get(workload) ?? [])];
    const metric = own.length > 1 ? `, ${target?.metric ?? own[0]}` : '';
    return `${workload ?? 'unknown workload'}${metric}`;
  });
}

function curvesPart(all: Selection): CurvesPart {
  const selection: Selection = {
    ...all,
    get listed() {
      const own = new Set(runs.map(({id}) => id));
      return all.listed.filter(({id}) => own.has(id));
    },
  };
  const title = el('h2');
  const options: CurveOptions = {x: 'steps', isLog: false, smoothing: 0};
  const curves = lineCard({height: 360, hasOwnLegend: false});
  const parallel = parallelCard(selection);
  const outcomes = outcomesCard();
  const metricHost = el('div', {class: 'metric-choice'});
  let runs: readonly RunReport[] = [];
  let metric = '';
  let shownName: string | undefined;
  const draw = (): void => {
    curves.update(curvesChart(selection, metric, options));
    parallel.update(runs, shownName);
  };
  const choose = (value: string): void => {
    metric = value;
    draw();
  };
  const controls = el('div', {class: 'controls'}, metricHost, curveControls(options, draw, 'Logarithmic'));
  const cards = el('div', {class: 'cards one'}, curves.element, parallel.element, outcomes.element);
  const element = el('section', {}, title, controls, cards);
  return {
    element,
    draw,
    update(next, name) {
      runs = next;
      shownName = name;
      title.textContent = named('Curves', name);
      element.setAttribute('aria-label', title.textContent);
      outcomes.update(runs, name);
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
