import type {TopLevelSpec} from 'vega-lite';
import {count} from '../support/index.js';
import {type Layer, LEGEND, legendOf, namedLine, notFiniteNote} from './named-lines.js';
import {orderedLine} from './ordered-line.js';
import {isWide, type Picture, SCREEN} from './picture.js';
import {type Point, rangeOf} from './reduce.js';
import {CAUSE_ROW, causeLayers, resetLabels} from './reset-labels.js';
import {
  CHARACTER,
  COLORS,
  CONFIG,
  DASHES,
  metricTitle,
  metricWords,
  rateLabels,
  SCHEMA,
  STEP_LABELS,
  titleOf,
  VALUE_LABELS,
} from './style.js';
import {
  batchLosses,
  type DrawnTraining,
  edgesInWords,
  endOf,
  evaluatedLosses,
  lossAxis,
  type MetricAxis,
  marksOf,
  metricAxis,
  metricLine,
  metricValues,
  rateLine,
  SPLITS,
  targetReached,
} from './training-series.js';

const RATE_HEIGHT = 105;
const SPACING = 14;
/** What titles, axis and the panel of the rate take of the height; where there is no rate, the upper panels have its room too. */
const NOT_UPPER_HEIGHT = 318;
const LEAST_UPPER_HEIGHT = 240;
const PADDING = {left: 16, right: 16, top: 16, bottom: 12};
/** Room for the labels and the title of a vertical axis, the same in all panels. */
const AXIS_WIDTH = 66;
/** From one step's number to the next, at least. */
const TICK_DISTANCE = 85;

interface Laid extends DrawnTraining {
  readonly picture: Picture;
}

/**
 * Losses, the target metric with its target, and the rate over the steps of a run; resets are marked in all three, and
 * the subtitle says how the run ended and where the target was first reached.
 */
export function trainingChart(drawn: DrawnTraining, picture: Picture = SCREEN): TopLevelSpec {
  const run = {...drawn, picture};
  const hasRate = run.learningRate.length > 0;
  const panels = [lossPanel(run), metricPanel(run), ...(hasRate ? [ratePanel(run)] : [])];
  return {
    $schema: SCHEMA,
    title: {...titleOf(run.title, picture), subtitle: [run.ending, ...targetAndEdges(run)]},
    padding: PADDING,
    spacing: SPACING,
    config: CONFIG as never,
    resolve: {scale: {color: 'independent', strokeDash: 'independent', x: 'shared'}},
    vconcat: panels as never,
  } as TopLevelSpec;
}

/** Where the target was reached, and what the marks at the panels' edges mean. */
function targetAndEdges(run: Laid): string[] {
  const {domain} = axisOfLosses(run);
  const losses = [batchLosses(run), evaluatedLosses(run)].flatMap((points) => marksOf(points, domain));
  const edges = edgesInWords([...losses, ...marksOf(metricValues(run), axisOfMetric(run).domain)]);
  const lines = [targetInWords(run), ...(edges ? [edges] : [])];
  return isWide(run.picture) ? [lines.join('; ')] : lines;
}

function targetInWords(run: DrawnTraining): string {
  const reached = targetReached(run);
  const target = `target ${run.target.validation} for validation ${metricWords(run.target.metric)}`;
  return reached === undefined
    ? `${target} not reached`
    : `${target} reached at step ${count(reached.step)} (green dot)`;
}

const targetName = (run: DrawnTraining) => `target ${run.target.validation}`;

/** What axes and legend leave; the legend's longest name is the target's or `train batches`. */
function panelWidth(run: Laid): number {
  const longest = Math.max('train batches'.length, targetName(run).length);
  const legend = LEGEND.offset + LEGEND.symbol + longest * LEGEND.fontSize * CHARACTER.regular;
  const beside = isWide(run.picture) ? legend : 0;
  return Math.round(run.picture.width - PADDING.left - PADDING.right - AXIS_WIDTH - beside);
}

const stepTicks = (run: Laid) => Math.min(10, Math.floor(panelWidth(run) / TICK_DISTANCE));

function panel(run: Laid, {height, isLast}: {height: number; isLast: boolean}, layers: Layer[]): object {
  const x = {
    field: 'step',
    type: 'quantitative',
    title: isLast ? 'Global Steps' : null,
    scale: {domain: [0, endOf(run)], nice: false},
    axis: {
      labelExpr: STEP_LABELS,
      tickCount: stepTicks(run),
      tickMinStep: 1,
      labels: isLast,
      ticks: isLast,
      labelFlush: true,
    },
  };
  const resets = {
    data: {values: run.resets.map(({step}) => ({step}))},
    mark: {type: 'rule', strokeDash: DASHES.boundary, color: COLORS.boundary, strokeWidth: 1.5},
    encoding: {x},
  };
  return {width: panelWidth(run), height, encoding: {x}, layer: [resets, ...layers]};
}

const causesOf = (run: Laid) => resetLabels(run, panelWidth(run));

const rowCount = (run: Laid) => Math.max(0, ...causesOf(run).map(({row}) => row + 1));

function upperHeight(run: Laid): number {
  const moreRows = Math.max(0, rowCount(run) - 1);
  const height = Math.max(LEAST_UPPER_HEIGHT, run.picture.height - NOT_UPPER_HEIGHT);
  return Math.round((height - moreRows * CAUSE_ROW + (run.learningRate.length > 0 ? 0 : RATE_HEIGHT + SPACING)) / 2);
}

const ticksOf = (ticks?: readonly number[]) => (ticks ? {values: ticks} : {tickCount: 5});

const axis = (more: object) => ({minExtent: 50, titleFontSize: 15, ...more});

const axisOfLosses = (run: Laid): MetricAxis =>
  lossAxis([...batchLosses(run), ...evaluatedLosses(run)], upperHeight(run));

const axisOfMetric = (run: Laid): MetricAxis => metricAxis(metricValues(run), run.target, upperHeight(run));

function lossPanel(run: Laid): object {
  const [train, validation] = [batchLosses(run), evaluatedLosses(run)];
  const {type, domain, ticks} = axisOfLosses(run);
  const y = {
    type: 'quantitative',
    title: 'Loss',
    scale: {type, domain, nice: false},
    axis: axis({labelExpr: VALUE_LABELS, ...ticksOf(ticks)}),
  };
  const colors = legendOf(
    run.picture,
    [
      ['train batches', train],
      ['validation', validation],
    ],
    {above: 4 + rowCount(run) * CAUSE_ROW},
  );
  return panel(run, {height: upperHeight(run), isLast: false}, [
    ...namedLine('train batches', train, y, colors),
    ...namedLine('validation', validation, y, colors),
    ...notFiniteNote({width: panelWidth(run), height: upperHeight(run)}, [
      [train, 'training losses'],
      [validation, 'validation losses'],
    ]),
    ...causeLayers(causesOf(run)),
  ]);
}

function metricPanel(run: Laid): object {
  const {metric, validation: target} = run.target;
  const [train, validation, test] = SPLITS.map((split) => metricLine(run, split, metric)) as [
    Point[],
    Point[],
    Point[],
  ];
  const {type, domain, ticks} = axisOfMetric(run);
  const y = {
    type: 'quantitative',
    title: metricTitle(metric),
    scale: {type, nice: false, domain},
    axis: axis({labelExpr: VALUE_LABELS, ...ticksOf(ticks)}),
  };
  const hasTest = run.evaluations.some(({metrics}) => `test/${metric}` in metrics);
  const lines = [
    ['train', train],
    ['validation', validation],
    ...(hasTest ? ([['test', test]] as const) : []),
  ] as const;
  const colors = legendOf(run.picture, lines, {target: targetName(run)});
  const reached = targetReached(run);
  return panel(run, {height: upperHeight(run), isLast: run.learningRate.length === 0}, [
    {
      data: {values: [{value: target, name: targetName(run)}]},
      mark: {type: 'rule', strokeWidth: 2},
      encoding: {x: null, y: {...y, field: 'value'}, ...colors},
    },
    // The line that decides lies above the others.
    ...namedLine('train', train, y, colors),
    ...(hasTest ? namedLine('test', test, y, colors) : []),
    ...namedLine('validation', validation, y, colors),
    ...notFiniteNote({width: panelWidth(run), height: upperHeight(run)}, [[metricValues(run), 'values']]),
    {
      data: {values: reached ? [reached] : []},
      mark: {
        type: 'point',
        filled: true,
        size: 110,
        color: COLORS.target,
        opacity: 1,
        stroke: 'white',
        strokeWidth: 1.5,
      },
      encoding: {y: {...y, field: 'value'}},
    },
  ]);
}

function ratePanel(run: Laid): object {
  const rate = rateLine(run);
  const top = rangeOf(rate.map(({value}) => value))[1];
  const {data, channels} = orderedLine(rate);
  return panel(run, {height: RATE_HEIGHT, isLast: true}, [
    {
      data,
      mark: {type: 'line', color: COLORS.rate, strokeWidth: 2},
      encoding: {
        y: {
          field: 'value',
          type: 'quantitative',
          title: 'Learning Rate',
          axis: axis({labelExpr: rateLabels(top), tickCount: 3}),
        },
        ...channels,
      },
    },
  ]);
}
