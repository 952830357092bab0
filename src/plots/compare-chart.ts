import type {TopLevelSpec} from 'vega-lite';
import type {TargetRule} from '../metrics/index.js';
import {named} from './drawn-name.js';
import {isWide, type Picture, SCREEN} from './picture.js';
import type {Point} from './reduce.js';
import {seriesChannels, seriesLegend} from './series.js';
import {COLORS, DASHES, metricTitle, metricWords, panelOf, STEP_LABELS, stepTicksIn, titleOf} from './style.js';
import {metricDomain} from './training-series.js';

/** A run among others. */
export interface ComparedCurve {
  /** In the legend; runs with the same name are drawn alike. */
  readonly name: string;
  /** The target's metric on validation; `step` is what the curves are drawn over. */
  readonly points: readonly Point[];
}

/** Curves of several runs. */
export interface DrawnComparison {
  readonly title: string;
  readonly by: 'step' | 'time';
  readonly target: TargetRule;
  readonly curves: readonly ComparedCurve[];
}

/** The target's metric on validation of several runs, over steps or the submission's seconds, with the target as a dashed line. */
export function compareChart({title, by, target, ...drawn}: DrawnComparison, picture: Picture = SCREEN): TopLevelSpec {
  const curves = drawn.curves.map(named);
  const names = [...new Set(curves.map(({name}) => name))];
  const place = isWide(picture) && names.every((name) => name.length <= 24) ? 'beside' : 'below';
  const {color, strokeDash} = seriesChannels(names, seriesLegend(picture, place));
  const points = curves.flatMap((curve) => curve.points);
  const y = {
    type: 'quantitative',
    title: `Validation ${metricTitle(target.metric)}`,
    scale: {domain: metricDomain(points, target), nice: false},
    axis: {tickCount: 8, labelExpr: STEP_LABELS},
  };
  return {
    ...panelOf(picture, 36),
    title: {
      ...titleOf(title, picture),
      subtitle: [`dashed: target ${target.validation} for validation ${metricWords(target.metric)}`],
    },
    layer: [
      {
        data: {values: [{value: target.validation}]},
        mark: {type: 'rule', strokeDash: DASHES.target, color: COLORS.boundary, strokeWidth: 1.5},
        encoding: {y: {...y, field: 'value'}},
      },
      {
        data: {values: curves.flatMap((curve, run) => rowsOf(curve, run))},
        mark: {type: 'line', strokeWidth: curves.length > names.length ? 1.5 : 2.5, clip: true},
        encoding: {
          x: xOf(points, by, picture),
          y: {...y, field: 'value'},
          color,
          strokeDash,
          detail: {field: 'run', type: 'nominal'},
        },
      },
    ],
  } as TopLevelSpec;
}

function rowsOf({name, points}: ComparedCurve, run: number): object[] {
  return points.map(({step, value}) => ({run, name, step, value: Number.isFinite(value) ? value : null}));
}

function xOf(points: readonly Point[], by: DrawnComparison['by'], {width}: Picture): object {
  const end = points.reduce((most, {step}) => Math.max(most, step), 1);
  return {
    field: 'step',
    type: 'quantitative',
    title: by === 'step' ? 'Global Steps' : "Seconds on the Submission's Clock",
    scale: {domain: [0, end], nice: false},
    axis: {
      labelExpr: STEP_LABELS,
      ...(by === 'step' && {tickMinStep: 1}),
      tickCount: stepTicksIn({width}),
      labelFlush: true,
    },
  };
}
