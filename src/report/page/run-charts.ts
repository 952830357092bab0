import {metricDomain, metricTitle} from '../../plots/index.js';
import type {ReportTarget, RunReport, SeriesTable, StoppingSignal} from '../report-data.js';
import {type CurveOptions, smoothed} from './controls.js';
import type {Line, LineChart} from './line-chart.js';

/** What all charts of a run share: where cycles and resets are. */
function frameOf(run: RunReport, x: CurveOptions['x']): Pick<LineChart, 'xTitle' | 'bands' | 'marks'> {
  const until = Math.max(1, run.globalStep);
  const clock = clockOf(run);
  const place = (step: number) => (x === 'steps' ? step : clock(step));
  const bands = run.cycles
    .filter(({start}) => start < until)
    .flatMap(({start, end}) => {
      const [from, to] = [place(start), place(Math.min(end, until))];
      return from === null || to === null ? [] : [{start: from, end: to}];
    });
  const marks = run.resets.flatMap(({step, cause}) => {
    const at = place(step);
    return at === null ? [] : [{x: at, label: `reset (${cause || 'no cause recorded'})`}];
  });
  return {xTitle: x === 'steps' ? 'Global steps' : 'Seconds of the submission', bands, marks};
}

/** The submission's seconds at a step, from the evaluations; null beyond them. */
function clockOf({evaluations: {steps, seconds}}: RunReport): (step: number) => number | null {
  return (step) => {
    if (step === 0) return 0;
    const after = steps.findIndex((each) => each >= step);
    if (after < 0) return null;
    const [s0, s1] = [steps[after - 1] ?? 0, steps[after]!];
    const [t0, t1] = [seconds[after - 1] ?? 0, seconds[after] ?? null];
    return t1 === null ? null : t0 + ((t1 - t0) * (step - s0)) / (s1 - s0 || 1);
  };
}

/** A column as a line, smoothed as asked for. */
export function lineOf(
  table: SeriesTable,
  column: string,
  {name, style, options}: {name: string; style: Line['style']; options: CurveOptions},
): Line[] {
  const y = table.values[column];
  if (!y?.some((value) => value !== null)) return [];
  const x = options.x === 'steps' ? table.steps : table.seconds;
  if (options.smoothing === 0) return [{name, style, x, y}];
  return [{name, style, x, y: smoothed(y, options.smoothing), raw: y}];
}

const SPLITS = ['train', 'validation', 'test'] as const;

export function lossChart(run: RunReport, options: CurveOptions): LineChart {
  const loss = run.target?.lossMetric ?? 'loss';
  return {
    title: 'Loss',
    yTitle: metricTitle(loss),
    isLog: options.isLog && !hasNegative(run.training.values.loss, run.evaluations.values[`validation/${loss}`]),
    lines: [
      ...lineOf(run.training, 'loss', {name: 'train batches', style: 'train', options}),
      ...lineOf(run.evaluations, `validation/${loss}`, {name: 'validation', style: 'validation', options}),
      ...lineOf(run.evaluations, `test/${loss}`, {name: 'test', style: 'test', options}),
    ],
    ...frameOf(run, options.x),
  };
}

const hasNegative = (...columns: (readonly (number | null)[] | undefined)[]) =>
  columns.some((column) => column?.some((value) => value !== null && value < 0));

/** The metrics beside the loss; the target's first. */
export function metricCharts(run: RunReport, options: CurveOptions): LineChart[] {
  const {target} = run;
  const names = Object.keys(run.evaluations.values).map((column) => column.slice(column.indexOf('/') + 1));
  const others = [...new Set(names)].filter(
    (name) => name !== (target?.lossMetric ?? 'loss') || name === target?.metric,
  );
  const sorted = others.sort((a, b) => Number(b === target?.metric) - Number(a === target?.metric));
  return sorted.map((metric) => metricChart(run, metric, options));
}

/** The target's level, and the range that shows it with the better values. */
export function targetFrame(target: ReportTarget, lines: readonly Line[]): Pick<LineChart, 'levels' | 'yDomain'> {
  const points = lines.flatMap(({x, y}) =>
    y.map((value, i) => ({step: x[i] ?? Number.NaN, value: value ?? Number.NaN})),
  );
  return {
    levels: [{y: target.validation, label: `target ${target.validation}`}],
    yDomain: metricDomain(points, {...target, inclusive: false}),
  };
}

function metricChart(run: RunReport, metric: string, options: CurveOptions): LineChart {
  const {target, evaluations} = run;
  const lines = SPLITS.flatMap((split) =>
    lineOf(evaluations, `${split}/${metric}`, {name: split, style: split, options}),
  );
  return {
    title: metricTitle(metric),
    yTitle: metricTitle(metric),
    isLog: false,
    lines,
    ...(target?.metric === metric ? targetFrame(target, lines) : {}),
    ...frameOf(run, options.x),
  };
}

export function scheduleChart({planned, asRun, cycles, resets}: RunReport): LineChart {
  return {
    title: 'Learning rate',
    xTitle: 'Global steps',
    yTitle: 'Learning rate',
    isLog: false,
    lines: [
      ...(planned ? [{name: 'as planned', style: 'planned' as const, x: planned.steps, y: planned.rates}] : []),
      ...(asRun ? [{name: 'as run', style: 'rate' as const, x: asRun.steps, y: asRun.rates}] : []),
    ],
    bands: cycles,
    marks: resets.map(({step, cause}) => ({x: step, label: `reset (${cause || 'no cause recorded'})`})),
  };
}

export function throughputChart(run: RunReport, options: CurveOptions): LineChart {
  return {
    title: 'Throughput',
    yTitle: 'Steps per second',
    isLog: false,
    lines: lineOf(run.throughput, 'steps/s', {name: 'steps per second', style: 'validation', options}),
    ...frameOf(run, options.x),
  };
}

/** What decides on early stops: the rise against epsilon, and the extrapolated loss against the minimum plus epsilon2. */
export function stoppingCharts(run: RunReport): LineChart[] {
  const {stopping} = run;
  if (!stopping) return [];
  const frame = frameOf(run, 'steps');
  const line = (name: string, style: Line['style'], y: Line['y']): Line => ({name, style, x: stopping.steps, y});
  return [
    {
      title: 'Divergence: rise of the smoothed loss',
      yTitle: 'Rise since the last evaluation',
      isLog: false,
      lines: [line('rise', 'validation', stopping.rise)],
      levels: [{y: stopping.epsilon, label: `epsilon ${stopping.epsilon}`}],
      // A loss that falls fast is far below, and decides nothing.
      ...rangeAbove(stopping.rise, -2 * stopping.epsilon, stopping.epsilon),
      ...frame,
    },
    {
      title: 'Stagnation: where the loss is heading',
      yTitle: 'Validation loss',
      isLog: false,
      lines: [
        line('smoothed loss', 'train', stopping.smoothedLoss),
        line(`in ${stopping.recoveryTime} evaluations`, 'validation', stopping.extrapolated),
        line('minimum + epsilon2', 'threshold', stopping.stagnationThreshold),
      ],
      ...rangeOfStagnation(stopping),
      ...frame,
    },
  ];
}

/** A range from the least value, or from `floor` where that is higher, to above the largest value and the level. */
function rangeAbove(values: Line['y'], floor: number, level: number): Pick<LineChart, 'yDomain'> {
  const finite = values.filter((value) => value !== null);
  const low = Math.max(floor, Math.min(0, ...finite));
  const high = Math.max(level, ...finite);
  const margin = (high - low || 1) * 0.08;
  return {yDomain: [low - margin, high + margin]};
}

/** Shows the losses and the threshold; the extrapolated loss of a cycle's first evaluations lies far outside. */
function rangeOfStagnation({smoothedLoss, stagnationThreshold}: StoppingSignal): Pick<LineChart, 'yDomain'> {
  const values = [...smoothedLoss, ...stagnationThreshold].filter((value) => value !== null);
  if (values.length === 0) return {};
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low || Math.abs(high) || 1) * 0.25;
  return {yDomain: [low - margin, high + margin]};
}
