import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {compareChart, type DrawnComparison, printed, renderChart} from '../../src/plots/index.js';
import {temporaryFolder} from '../helpers/cli.js';

const target = {metric: 'accuracy', goal: 'maximize', inclusive: false, validation: 0.97, lossMetric: 'loss'} as const;

const drawn = (more: Partial<DrawnComparison> = {}): DrawnComparison => ({
  title: 'mnist: 3 Runs',
  by: 'step',
  target,
  curves: [
    {
      name: 'A',
      points: [
        {step: 1, value: 0.1},
        {step: 100, value: 0.9},
        {step: 200, value: 0.95},
      ],
    },
    {
      name: 'A',
      points: [
        {step: 1, value: 0.1},
        {step: 100, value: Number.NaN},
      ],
    },
    {name: '</script>', points: [{step: 150, value: Number.POSITIVE_INFINITY}]},
  ],
  ...more,
});

interface Chart {
  readonly title: {subtitle: string[]};
  readonly layer: {
    data: {values: Record<string, unknown>[]};
    mark: {strokeWidth: number};
    encoding: Record<'x' | 'color', {title: string; scale: {domain: unknown[]}; legend: {orient: string}}>;
  }[];
}

const chartOf = (...words: Parameters<typeof compareChart>) => compareChart(...words) as unknown as Chart;

test('runs with one name share a line of the legend, and keep lines of their own', () => {
  const {layer, title} = chartOf(drawn());
  expect(layer[0]!.data.values).toEqual([{value: 0.97}]);
  expect(layer[1]!.data.values).toEqual([
    {run: 0, name: 'A', step: 1, value: 0.1},
    {run: 0, name: 'A', step: 100, value: 0.9},
    {run: 0, name: 'A', step: 200, value: 0.95},
    {run: 1, name: 'A', step: 1, value: 0.1},
    {run: 1, name: 'A', step: 100, value: null},
    {run: 2, name: '</script>', step: 150, value: null},
  ]);
  const {x, color} = layer[1]!.encoding;
  expect([x.title, x.scale.domain, color.scale.domain]).toEqual(['Global Steps', [0, 200], ['A', '</script>']]);
  expect(title.subtitle).toEqual(['dashed: target 0.97 for validation accuracy']);
});

test('time has its own title; lines that are groups are thinner; long names stand below', () => {
  const {x} = chartOf(drawn({by: 'time'})).layer[1]!.encoding;
  expect(x.title).toBe("Seconds on the Submission's Clock");
  // A `g` of vega's would make 10 seconds `1e+1`.
  expect(x).toMatchObject({axis: {labelExpr: "format(datum.value, ',')"}});
  expect(chartOf(drawn()).layer[1]!.mark.strokeWidth).toBe(1.5);
  expect(chartOf(drawn({curves: drawn().curves.slice(1)})).layer[1]!.mark.strokeWidth).toBe(2.5);
  const orient = (name: string, ...picture: [] | [ReturnType<typeof printed>]) =>
    chartOf(drawn({curves: [{name, points: []}]}), ...picture).layer[1]!.encoding.color.legend.orient;
  expect([orient('short'), orient('a name that is a little too long'), orient('short', printed(85))]).toEqual([
    'right',
    'bottom',
    'bottom',
  ]);
});

test('is drawn, also where no run has a point', async () => {
  const folder = temporaryFolder();
  for (const [i, curves] of [drawn().curves, [{name: 'A', points: []}]].entries()) {
    const png = join(folder, `${i}.png`);
    await renderChart(compareChart(drawn({curves})), {png});
    expect(existsSync(png)).toBe(true);
  }
});
