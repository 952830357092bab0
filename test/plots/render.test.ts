import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, describe, expect, test, vi} from 'vitest';
import {renderChart, scheduleChart, trainingChart} from '../../src/plots/index.js';
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
    ['no rate', training({rate: [], losses: [{step: 1, loss: 2}], evaluations: [evaluation(1, 0.1)]})],
    ['one evaluation', training({losses: [{step: 1, loss: 2}], evaluations: [evaluation(1, 0.1)]})],
    [
      'values that are not finite',
      training({
        losses: [
          {step: 1, loss: Number.NaN},
          {step: 2, loss: Number.POSITIVE_INFINITY},
        ],
        evaluations: [evaluation(1, Number.NaN), evaluation(2, 0.5)],
        rate: [
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

  test.each(['png', 'svg', 'vlJson'] as const)('a path that can not be written is told: %s', async (kind) => {
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
