import {mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {DrawnSchedule} from '../../src/contract/index.js';
import {lineOf, reducedLine, renderChart, scheduleChart, scheduleLine, trainingChart} from '../../src/plots/index.js';
import {planCycles, scheduleOf} from '../../src/schedules/index.js';
import {temporaryFolder} from '../helpers/cli.js';

const {loadImage, createCanvas} = createRequire(import.meta.url)('canvas') as typeof import('canvas');

function drawing(cycles: number, totalSteps: number, cycleLengths?: number[]): DrawnSchedule {
  const plans = planCycles(
    {
      learningRate: 1.5e-3,
      warmupFactor: 0.02,
      warmupScheduleFns: Array(cycles).fill('linear'),
      decayScheduleFns: Array(cycles).fill('constant'),
      alterDecays: Array.from({length: cycles}, (_, i) => 1e-4 * i),
      alterWarmups: Array(cycles).fill(0),
      cycleLengths,
    },
    totalSteps,
  );
  return {
    rate: scheduleOf(plans),
    totalSteps,
    cycles: plans.map(({start, end, warmup, decay}) => ({start, end, label: `${warmup} + ${decay}`})),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the parts of a specification that a test looks at
const layersOf = (chart: unknown): any[] => (chart as {layer: any[]}).layer;
const textsOf = (chart: unknown): string[] => layersOf(chart)[2].data.values.map(({text}: {text: string}) => text);

describe('reducedLine', () => {
  test('keeps all of a short line', () => {
    expect(reducedLine((step) => step * 2, 3, 6, 10)).toEqual([
      {step: 3, value: 6},
      {step: 4, value: 8},
      {step: 5, value: 10},
    ]);
  });

  test('keeps the first, the last and every extreme, in order', () => {
    const rate = (step: number) => (step === 12_345 ? 9 : step === 50_001 ? -9 : Math.sin(step / 1000));
    const points = reducedLine(rate, 0, 100_000, 500);
    expect(points.length).toBeLessThanOrEqual(1002);
    expect([points[0]!.step, points.at(-1)!.step]).toEqual([0, 99_999]);
    expect(points).toContainEqual({step: 12_345, value: 9});
    expect(points).toContainEqual({step: 50_001, value: -9});
    expect(points.every(({step}, i) => i === 0 || step > points[i - 1]!.step)).toBe(true);
  });
});

describe('scheduleChart', () => {
  test('a jump at a boundary is upright: both sides stand at the boundary', () => {
    const line = scheduleLine(drawing(2, 100_000));
    const at = line.filter(({step}) => step === 50_000);
    expect(at.map(({value}) => value)).toEqual([1.5e-3, 0]);
    expect(line.map(({order}) => order)).toEqual(line.map((_, i) => i));
    expect(line.length).toBeLessThan(9000);
  });

  test('says what the mission asks for', () => {
    const chart = scheduleChart(drawing(3, 7813));
    expect(chart).toMatchObject({title: {text: 'Learning Rate Schedule'}});
    const [rules, line, labels] = layersOf(chart);
    expect(rules.data.values).toEqual([{step: 2604}, {step: 5208}]);
    expect(rules.mark.strokeDash).toBeDefined();
    expect(line.mark.color).toBe('rgb(178, 0, 0)');
    expect([line.encoding.x.title, line.encoding.y.title]).toEqual(['Global Steps', 'Learning Rate']);
    expect(labels.data.values.map(({text}: {text: string}) => text)).toEqual([
      '1: linear + constant',
      '2: linear + constant',
      '3: linear + constant',
    ]);
    expect(lineOf(JSON.parse(JSON.stringify(chart)))).toEqual(scheduleLine(drawing(3, 7813)));
  });

  test('shortens what does not fit, and tells the shapes of the narrowest in the subtitle', () => {
    expect(textsOf(scheduleChart(drawing(12, 100_000)))[11]).toBe('12: lin+con');
    const uneven = scheduleChart(drawing(3, 1000, [1, 1, 40]));
    expect(textsOf(uneven)).toEqual(['1', '2', '3: linear + constant']);
    expect(uneven).toMatchObject({title: {subtitle: ['1: linear + constant,  2: linear + constant']}});
  });
});

/** The share of dark pixels in a part of a picture. */
async function darkness(file: string, x: number, y: number, width: number, height: number): Promise<number> {
  const image = await loadImage(file);
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const {data} = context.getImageData(x, y, width, height);
  let dark = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i]! + data[i + 1]! + data[i + 2]! < 300) dark++;
  return dark / (width * height);
}

describe('renderChart', () => {
  test.each([
    [1, 3],
    [1, 100_000],
    [12, 5000],
  ])('%d cycles over %d steps: 2400 by 1200 pixels, with its text, the same bytes again', async (cycles, steps) => {
    const folder = temporaryFolder();
    const [png, svg, again] = ['a.png', 'a.svg', 'b.svg'].map((name) => join(folder, name)) as [string, string, string];
    await renderChart(scheduleChart(drawing(cycles, steps)), {png, svg, vlJson: join(folder, 'a.vl.json')});
    const image = await loadImage(png);
    expect([image.width, image.height]).toEqual([2400, 1200]);
    expect(await darkness(png, 900, 20, 800, 70)).toBeGreaterThan(0.02);
    expect(await darkness(png, 1000, 1110, 600, 80)).toBeGreaterThan(0.005);
    await renderChart(scheduleChart(drawing(cycles, steps)), {svg: again});
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(svg, 'utf8'));
    expect(readdirSync(folder).sort()).toEqual(['a.png', 'a.svg', 'a.vl.json', 'b.svg']);
  });

  const target = {metric: 'accuracy', goal: 'maximize', value: 0.97} as const;
  const evaluation = (step: number, value: number) => ({
    step,
    metrics: {
      'train/accuracy': value,
      'validation/accuracy': value,
      'test/accuracy': value,
      'validation/loss': 1 - value,
    },
  });

  test.each([
    ['nothing yet', [], []],
    ['one evaluation', [{step: 1, loss: 2}], [evaluation(1, 0.1)]],
    [
      'values that are not finite',
      [
        {step: 1, loss: Number.NaN},
        {step: 2, loss: Number.POSITIVE_INFINITY},
      ],
      [evaluation(1, Number.NaN), evaluation(2, 0.5)],
    ],
    ['400 evaluations', [{step: 1, loss: 2}], Array.from({length: 400}, (_, i) => evaluation(i + 1, i / 400))],
  ])('a training chart of %s', async (_, losses, evaluations) => {
    const png = join(temporaryFolder(), 'training.png');
    const rate = scheduleLine(drawing(2, 400));
    await renderChart(
      trainingChart({
        title: 'mnist: a',
        losses,
        evaluations,
        target,
        rate,
        resets: [{step: 200, cause: 'boundary'}],
        totalSteps: 400,
      }),
      {png},
    );
    const image = await loadImage(png);
    expect([image.width, image.height]).toEqual([2400, 1200]);
    expect(await darkness(png, 900, 20, 700, 80)).toBeGreaterThan(0.01);
  });

  test('a file where a folder should be is told', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'a'));
    await expect(renderChart(scheduleChart(drawing(1, 10)), {svg: join(folder, 'b', 'c.svg')})).rejects.toThrow(
      /b\/c\.svg/,
    );
  });
});
