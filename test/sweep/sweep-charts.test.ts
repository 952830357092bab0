import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {appendSchedule} from '../../src/runs/index.js';
import {makeFolder} from '../../src/support/index.js';
import {
  planSweep,
  readSweep,
  type SweepChart,
  type SweepRow,
  sweepCharts,
  writeSweepCharts,
} from '../../src/sweep/index.js';
import {temporaryFolder, writeConfig} from '../helpers/cli.js';
import {sizeOfPicture} from '../plots/drawings.js';

const SWEEP = `method: grid
workloads: [mnist]
seeds: [1, 2]
parameters:
  learning_rate: {values: [0.001, 0.01]}
  schedule.alter_decays: {values: [[0, 0], [0, 0.5]]}
  reset.method: {values: [none, reinit]}
`;

/** What came of the runs, and the charts of it; their schedules are the parameters' own, two steps long. */
async function chartsOf(
  outcomeOf: (row: {rate: number; method: string | undefined; seed: number}) => number | null,
  text = SWEEP,
): Promise<{charts: SweepChart[]; folder: string}> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'sweep.yaml'), `config: ${join(folder, writeConfig(folder))}\n${text}`);
  const plan = await planSweep(readSweep(join(folder, 'sweep.yaml')));
  const rows = plan.runs.map((run): SweepRow => {
    const [rate, alter, method] = run.point.map(({value}) => value) as [number, number[]?, string?];
    const path = join(folder, run.name);
    makeFolder(path);
    const schedule = [1, 2].map((cycle) => ({cycle, step: 10 * cycle - 10, value: rate + (alter?.[cycle - 1] ?? 0)}));
    appendSchedule(path, 0, schedule);
    const value = outcomeOf({rate, method, seed: run.seed});
    const times = {secondsToTarget: null, official: null, notOfficialBecause: [], submissionSeconds: 1};
    const metric = 'validation/accuracy';
    return {run, path, metric, status: 'stopped', reason: null, globalStep: 45, value, valueStep: 45, ...times};
  });
  return {charts: sweepCharts(rows), folder};
}

// biome-ignore lint/suspicious/noExplicitAny: the parts of a specification that a test looks at
const specOf = (charts: readonly SweepChart[], name: string): any => charts.find((each) => each.name === name)!.chart;

test('the metric is drawn against each parameter, by its own kind of axis', async () => {
  const {charts} = await chartsOf(({rate, seed}) => 10 * rate + seed / 20);
  const {concat} = specOf(charts, 'parameters');
  const axes = concat.map(({layer}: {layer: [{encoding: {x: object}}]}) => layer[0].encoding.x);
  expect(axes).toMatchObject([
    {title: 'learning_rate', type: 'quantitative', scale: {type: 'linear'}},
    {title: 'alter_decays', type: 'nominal', scale: {domain: ['2x0', '0+0.5']}},
    {title: 'method', type: 'nominal', scale: {domain: ['none', 'reinit']}},
    {title: 'seed', type: 'quantitative'},
  ]);
  expect(concat[0].layer[0].data.values).toHaveLength(16);
  for (const {layer, width} of concat) {
    // A median's line, which is centred at its value, stays clear of the frame.
    const [{encoding}, {mark}] = layer;
    const {domain, type} = encoding.x.scale;
    const [low, high] = [0, 1].map(
      (end) => layer[0].data.values.map(({value}: {value: number}) => value).sort()[end * 15],
    );
    const beside =
      type === 'linear'
        ? (width * (low - domain[0])) / (domain[1] - domain[0])
        : encoding.x.type === 'nominal'
          ? width / domain.length / 2
          : undefined;
    if (beside !== undefined) expect(beside).toBeGreaterThan(mark.size / 2 + 5);
    if (type === 'linear') expect(high).toBeLessThan(domain[1]);
  }
  expect(concat[0].layer[0].data.values[1]).toEqual({value: 0.001, outcome: 0.11, run: 1});
});

test('importance is the share of variance that each explains, the largest first', async () => {
  const {charts} = await chartsOf(({rate, seed}) => 10 * rate + seed / 20);
  const bars = specOf(charts, 'importance').data.values;
  expect(bars.map(({name}: {name: string}) => name)).toEqual(['learning_rate', 'seed', 'alter_decays', 'method']);
  expect(bars[0].text).toBe('0.75');
  expect(bars[1].text).toBe('0.18');
  expect(bars[2].text).toBe('0.00');
});

test.each([
  ['all runs have the same result', () => 1, SWEEP],
  [
    'no two runs have the same value',
    ({rate}: {rate: number}) => rate,
    'method: grid\nworkloads: [mnist]\nparameters: {learning_rate: {values: [0.001, 0.01]}}\n',
  ],
])('where %s, the chart of importance says so', async (reason, outcomeOf, text) => {
  const {charts} = await chartsOf(outcomeOf, text);
  for (const bar of specOf(charts, 'importance').data.values) expect(bar).toMatchObject({share: 0, text: reason});
});

test('each schedule is drawn once, by the settings that decide it', async () => {
  const {charts} = await chartsOf(() => 1);
  const {layer} = specOf(charts, 'schedules');
  const names = layer[1].encoding.color.scale.domain;
  expect(names).toEqual([
    'learning_rate=0.001, alter_decays=2x0',
    'learning_rate=0.001, alter_decays=0+0.5',
    'learning_rate=0.01, alter_decays=2x0',
    'learning_rate=0.01, alter_decays=0+0.5',
  ]);
  expect(layer[2].data.values.map(({value}: {value: number}) => value)).toEqual([0.001, 0.001, 0.501, 0.501]);
});

test('runs without a value are left out, which the charts say', async () => {
  const {charts} = await chartsOf(({method, seed}) => (method === 'none' ? null : seed));
  expect(specOf(charts, 'parameters').title.subtitle).toBe('of 8 of 16 runs; the others have no value');
  const bars = specOf(charts, 'importance').data.values;
  expect(bars.map(({name}: {name: string}) => name)).toEqual(['seed', 'learning_rate', 'alter_decays']);
});

test('of more schedules than a picture has room for, those of the best runs are drawn', async () => {
  const rates = Array.from({length: 14}, (_, i) => (i + 1) / 1000);
  const {charts} = await chartsOf(
    ({rate}) => rate,
    `method: grid\nworkloads: [mnist]\nparameters: {learning_rate: {values: [${rates}]}}\n`,
  );
  const {layer, title} = specOf(charts, 'schedules');
  expect(title.subtitle).toBe('12 of them: those of the best runs');
  expect(layer[1].encoding.color.scale.domain).toEqual(
    rates
      .toReversed()
      .slice(0, 12)
      .map((rate) => `learning_rate=${rate}`),
  );
});

test('several workloads have a folder of charts each; the pictures are as large as they were laid out', async () => {
  const {charts, folder} = await chartsOf(
    ({rate, seed}) => 1 - 10 * rate - seed / 100,
    `method: grid\nworkloads: [mnist, cifar]\nseeds: [1, 2]\nparameters: {learning_rate: {values: [0.001, 0.01]}}\n`,
  );
  expect(charts.map(({name}) => name)).toEqual(
    ['mnist', 'cifar'].flatMap((name) =>
      ['parameters', 'importance', 'parallel', 'schedules'].map((chart) => `${name}/${chart}`),
    ),
  );
  await writeSweepCharts(folder, charts.slice(0, 4));
  for (const {name, picture} of charts.slice(0, 4))
    expect(await sizeOfPicture(join(folder, 'plots', `${name}.png`))).toEqual([2 * picture.width, 2 * picture.height]);
});
