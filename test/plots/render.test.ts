import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, describe, expect, test, vi} from 'vitest';
import {printed, renderChart, scheduleChart, trainingChart} from '../../src/plots/index.js';
import {UserError} from '../../src/support/errors.js';
import {temporaryFolder} from '../helpers/cli.js';
import {darkness, drawing, evaluation, sizeOfPicture, target, training} from './drawings.js';

const TITLE = {x: 900, y: 20, width: 700, height: 70};
const BOTTOM_TITLE = {x: 1000, y: 1110, width: 600, height: 80};

afterEach(() => vi.restoreAllMocks());

describe('renderChart', () => {
  test.each([
    [1, 3],
    [1, 100_000],
    [12, 5000],
  ])('%d cycles over %d steps: 2400 by 1200 pixels, with its text, the same bytes again', async (cycles, steps) => {
    const folder = temporaryFolder();
    const path = (name: string) => join(folder, name);
    const chart = () => scheduleChart(drawing(cycles, steps));
    await renderChart(chart(), {png: path('a.png'), svg: path('a.svg'), vlJson: path('a.vl.json')});
    expect(await sizeOfPicture(path('a.png'))).toEqual([2400, 1200]);
    expect(await darkness(path('a.png'), TITLE)).toBeGreaterThan(0.02);
    expect(await darkness(path('a.png'), BOTTOM_TITLE)).toBeGreaterThan(0.005);
    await renderChart(chart(), {png: path('b.png'), svg: path('b.svg')});
    expect(readFileSync(path('b.svg'), 'utf8')).toBe(readFileSync(path('a.svg'), 'utf8'));
    expect(readFileSync(path('b.png')).equals(readFileSync(path('a.png')))).toBe(true);
    expect(JSON.parse(readFileSync(path('a.vl.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(chart())));
    expect(readdirSync(folder).sort()).toEqual(['a.png', 'a.svg', 'a.vl.json', 'b.png', 'b.svg']);
  });

  test('an SVG names a font that every viewer has', async () => {
    const svg = join(temporaryFolder(), 'a.svg');
    await renderChart(scheduleChart(drawing(1, 10)), {svg});
    const families = new Set([...readFileSync(svg, 'utf8').matchAll(/font-family="([^"]*)"/g)].map(([, name]) => name));
    expect([...families]).toEqual(['DejaVu Sans, Verdana, sans-serif']);
  });

  test.each([
    ['nothing yet', training()],
    ['no rate', training({learningRate: [], losses: [{step: 1, loss: 2}], evaluations: [evaluation(1, 0.1)]})],
    ['one evaluation', training({losses: [{step: 1, loss: 2}], evaluations: [evaluation(1, 0.1)]})],
    [
      'values that are not finite',
      training({
        losses: [
          {step: 1, loss: Number.NaN},
          {step: 2, loss: Number.POSITIVE_INFINITY},
        ],
        evaluations: [evaluation(1, Number.NaN), evaluation(2, 0.5)],
        learningRate: [
          {step: 0, value: Number.NaN},
          {step: 400, value: 1},
        ],
      }),
    ],
    ['400 evaluations', training({evaluations: Array.from({length: 400}, (_, i) => evaluation(i + 1, i / 400))})],
    ['a title beyond the picture', training({title: 'mnist: '.repeat(60)})],
    [
      'a target of many digits',
      training({target: {...target, metric: 'loss', goal: 'minimize', validation: 0.12345678}}),
    ],
  ])('a training chart of %s is whole, and nothing is warned about', async (_, run) => {
    const warn = vi.spyOn(console, 'warn');
    const png = join(temporaryFolder(), 'training.png');
    await renderChart(trainingChart(run), {png});
    expect(await sizeOfPicture(png)).toEqual([2400, 1200]);
    expect(await darkness(png, {...TITLE, height: 110})).toBeGreaterThan(0.01);
    for (const x of [0, 2392]) expect(await darkness(png, {x, y: 0, width: 8, height: 1200})).toBe(0);
    expect(warn).not.toHaveBeenCalled();
  });

  test.each(['png', 'svg', 'pdf', 'vlJson'] as const)('a path that cannot be written is reported: %s', async (kind) => {
    const folder = temporaryFolder();
    const chart = scheduleChart(drawing(1, 10));
    const missing = renderChart(chart, {[kind]: join(folder, 'b', 'c')});
    await expect(missing).rejects.toThrow(UserError);
    await expect(missing).rejects.toThrow(`${join(folder, 'b', 'c')}: there is no such folder`);
    writeFileSync(join(folder, 'file'), '');
    const below = renderChart(chart, {[kind]: join(folder, 'file', 'c')});
    await expect(below).rejects.toThrow(UserError);
    mkdirSync(join(folder, 'b'));
    await renderChart(chart, {[kind]: join(folder, 'b', 'c')});
    expect(readdirSync(join(folder, 'b'))).toEqual(['c']);
  });
});

describe('in print', () => {
  const picture = printed(85);
  const chart = trainingChart(training({evaluations: [evaluation(1, 0.5), evaluation(2, 0.6)]}), picture);

  test('a PDF is as wide as asked for, of text in embedded fonts, and the same again', async () => {
    const [a, b] = ['a.pdf', 'b.pdf'].map((name) => join(temporaryFolder(), name)) as [string, string];
    for (const pdf of [a, b]) await renderChart(chart, {pdf}, picture);
    const text = readFileSync(a, 'latin1');
    const [, width] = text.match(/\/MediaBox \[0 0 ([\d.]+)/)!;
    expect(Number(width)).toBeCloseTo((85 / 25.4) * 72, 0);
    expect(text.match(/\/FontFile2/g)).toHaveLength(2);
    expect(text).not.toContain('/Type3');
    expect(readFileSync(b).equals(readFileSync(a))).toBe(true);
  });

  test('without a width a PDF is laid out as for a screen', async () => {
    const pdf = join(temporaryFolder(), 'a.pdf');
    await renderChart(scheduleChart(drawing(1, 10)), {pdf});
    expect(readFileSync(pdf, 'latin1')).toContain('/MediaBox [0 0 560 280]');
  });

  test('a PNG has 600 dots to an inch, and says so', async () => {
    const png = join(temporaryFolder(), 'a.png');
    await renderChart(chart, {png}, picture);
    expect((await sizeOfPicture(png))[0]).toBe(Math.round((85 / 25.4) * 600));
    const bytes = readFileSync(png);
    const at = bytes.indexOf('pHYs');
    expect(bytes.readUInt32BE(at + 4)).toBe(Math.round(600 / 0.0254));
    expect(bytes[at + 12]).toBe(1);
    const screen = join(temporaryFolder(), 'b.png');
    await renderChart(scheduleChart(drawing(1, 10)), {png: screen});
    expect(readFileSync(screen).includes('pHYs')).toBe(false);
  });

  test('an SVG has its width in millimetres', async () => {
    const svg = join(temporaryFolder(), 'a.svg');
    await renderChart(chart, {svg}, picture);
    const [, width, height, right, bottom] = readFileSync(svg, 'utf8').match(
      /width="([\d.]+)mm" height="([\d.]+)mm" viewBox="0 0 ([\d.]+) ([\d.]+)"/,
    )!;
    expect(Number(width)).toBe(85);
    expect(Number(height) / 85).toBeCloseTo(Number(bottom) / Number(right), 4);
  });

  test.each([40, 85, 170, 1000])('at %d mm an axis label is 7 points high', (millimetres) => {
    const {width} = printed(millimetres);
    const points = (millimetres / 25.4) * 72;
    expect((15 * points) / width).toBeCloseTo(7, 1);
  });

  test.each([39, 1001, Number.NaN])('refuses a width of %d mm', (millimetres) => {
    expect(() => printed(millimetres)).toThrow(`millimetres must be in [40, 1000], got ${millimetres}`);
  });
});
