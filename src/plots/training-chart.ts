import type {TopLevelSpec} from 'vega-lite';
import type {Point} from './reduce.js';
import {COLORS, CONFIG, RATE_LABELS, STEP_LABELS, WIDTH} from './style.js';

export interface DrawnTraining {
  readonly title: string;
  /** Losses of training batches. */
  readonly losses: readonly {readonly step: number; readonly loss: number}[];
  readonly evaluations: readonly {readonly step: number; readonly metrics: {readonly [name: string]: number}}[];
  readonly target: {readonly metric: string; readonly goal: 'maximize' | 'minimize'; readonly value: number};
  /** The schedule's line in drawing order; empty where there is none. */
  readonly rate: readonly Point[];
  readonly resets: readonly {readonly step: number; readonly cause: string}[];
  readonly totalSteps: number;
}

const PANEL_HEIGHT = {loss: 167, metric: 167, rate: 99};
/** Width of a panel: what the axes' labels and the legend leave. */
const PANEL_WIDTH = WIDTH - 248;

/** Grid lines of a logarithmic axis. */
const POWERS = Array.from({length: 25}, (_, i) => 10 ** (i - 12));

type Layer = object;

/** Losses, the target metric with its target, and the rate over the steps of a run; resets are marked in all three. */
export function trainingChart(run: DrawnTraining): TopLevelSpec {
  const panels = [lossPanel(run), metricPanel(run), ...(run.rate.length > 0 ? [ratePanel(run)] : [])];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {text: run.title},
    padding: {left: 16, right: 24, top: 16, bottom: 12},
    spacing: 12,
    config: CONFIG as never,
    resolve: {scale: {color: 'independent', x: 'shared'}},
    vconcat: panels as never,
  } as TopLevelSpec;
}

function xOf(run: DrawnTraining, isLast: boolean): object {
  const axis = {labelExpr: STEP_LABELS, tickCount: 10, tickMinStep: 1, labels: isLast, ticks: isLast, labelFlush: true};
  return {
    field: 'step',
    type: 'quantitative',
    title: isLast ? 'Global Steps' : null,
    scale: {domain: [0, Math.max(1, run.totalSteps)], nice: false},
    axis,
  };
}

function panel(run: DrawnTraining, kind: keyof typeof PANEL_HEIGHT, isLast: boolean, layers: Layer[]): object {
  const x = xOf(run, isLast);
  const resets = {
    data: {values: run.resets.map(({step}) => ({step}))},
    mark: {type: 'rule', strokeDash: [6, 5], color: COLORS.boundary, strokeWidth: 1.5},
    encoding: {x},
  };
  return {width: PANEL_WIDTH, height: PANEL_HEIGHT[kind], encoding: {x}, layer: [resets, ...layers]};
}

function colorOf(splits: readonly (keyof typeof COLORS)[]): object {
  const scale = {domain: [...splits], range: splits.map((split) => COLORS[split])};
  return {field: 'split', type: 'nominal', scale, title: null, legend: {orient: 'right', offset: 12}};
}

function lossPanel(run: DrawnTraining): object {
  const training = run.losses.map(({step, loss}) => ({step, value: loss, split: 'train'}));
  const validation = run.evaluations.map(({step, metrics}) => ({
    step,
    value: metrics['validation/loss'] ?? Number.NaN,
    split: 'validation',
  }));
  // Batches and evaluations alike: a logarithm takes only what is above 0.
  const values = [...training, ...validation].filter(({value}) => Number.isFinite(value) && value > 0);
  return panel(run, 'loss', false, [
    {
      data: {values},
      mark: {type: 'line', strokeWidth: 2, point: {size: 12}},
      encoding: {
        y: {
          field: 'value',
          type: 'quantitative',
          title: 'Loss',
          scale: {type: 'log', nice: true},
          axis: {values: POWERS, format: '~g'},
        },
        color: colorOf(['train', 'validation']),
      },
    },
  ]);
}

function metricPanel(run: DrawnTraining): object {
  const {metric, value: target} = run.target;
  const values = (['train', 'validation', 'test'] as const)
    .flatMap((split) =>
      run.evaluations.map(({step, metrics}) => ({step, split, value: metrics[`${split}/${metric}`] ?? Number.NaN})),
    )
    .filter(({value}) => Number.isFinite(value));
  const title = metric.charAt(0).toUpperCase() + metric.slice(1);
  const y = {
    type: 'quantitative',
    title,
    scale: {zero: false, domain: metricDomain(values, target)},
    axis: {tickCount: 6, format: '~g'},
  };
  return panel(run, 'metric', run.rate.length === 0, [
    {
      data: {values},
      mark: {type: 'line', strokeWidth: 2, point: {size: 14}, clip: true},
      encoding: {y: {...y, field: 'value'}, color: colorOf(['train', 'validation', 'test'])},
    },
    {
      data: {values: [{target}]},
      mark: {type: 'rule', color: COLORS.target, strokeWidth: 2, strokeDash: [10, 5]},
      encoding: {x: null, y: {...y, field: 'target'}},
    },
    {
      data: {values: [{target, text: `target ${target}`}]},
      mark: {
        type: 'text',
        color: COLORS.target,
        fontSize: 14,
        fontWeight: 'bold',
        align: 'left',
        baseline: 'top',
        dy: 6,
        dx: 8,
      },
      encoding: {x: {value: 0}, y: {...y, field: 'target'}, text: {field: 'text'}},
    },
  ]);
}

/** From the worse values that still tell something to the best: the first steps of a run would flatten all the rest. */
function metricDomain(values: readonly {value: number}[], target: number): [number, number] {
  const sorted = [...values.map(({value}) => value), target].sort((a, b) => a - b);
  const low = sorted[Math.floor(sorted.length * 0.1)]!;
  const [bottom, top] = [Math.min(low, target), sorted.at(-1)!];
  const margin = (top - bottom || Math.abs(top) || 1) * 0.08;
  return [bottom - margin, top + margin];
}

function ratePanel(run: DrawnTraining): object {
  return panel(run, 'rate', true, [
    {
      data: {values: run.rate.map((point, order) => ({...point, order}))},
      mark: {type: 'line', color: COLORS.rate, strokeWidth: 2, clip: true},
      encoding: {
        y: {field: 'value', type: 'quantitative', title: 'Rate', axis: {labelExpr: RATE_LABELS, tickCount: 3}},
        order: {field: 'order', type: 'quantitative'},
      },
    },
  ]);
}
