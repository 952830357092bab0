import {expect, test} from 'vitest';
import {nameLength, SCREEN, schedulesChart, seriesStyle} from '../../src/plots/index.js';
import {drawing, drawnTexts, layersOf} from './drawings.js';

test('schedules lie over one another, each by name, colour and dashes, over all of their steps', async () => {
  const schedules = [
    {name: 'a', schedule: drawing(2, 400)},
    {name: 'b: power=2', schedule: drawing(3, 600, {learningRate: 2e-3})},
  ];
  const chart = schedulesChart(schedules);
  const [boundaries, ...lines] = layersOf(chart);
  expect(boundaries.data.values).toEqual([]);
  expect(lines.map(({data}) => data.values.at(-1))).toMatchObject([
    {name: 'a', step: 400},
    {name: 'b: power=2', step: 600},
  ]);
  for (const {encoding} of lines) {
    expect(encoding.x.scale.domain).toEqual([0, 600]);
    expect(encoding.y.scale.domain[1]).toBeGreaterThan(2.4e-3);
    expect(encoding.color.scale.domain).toEqual(['a', 'b: power=2']);
  }
  expect(await drawnTexts(chart)).toEqual(expect.arrayContaining(['a', 'b: power=2', 'Learning Rate Schedules']));
});

test('boundaries that all have are marked', () => {
  const schedules = ['a', 'b'].map((name) => ({name, schedule: drawing(2, 400)}));
  expect(layersOf(schedulesChart(schedules))[0].data.values).toEqual([{step: 200}]);
});

test('the longest name that the legend has room for is shown whole', async () => {
  const name = 'learning_rate=0.001, '
    .repeat(20)
    .slice(0, nameLength(SCREEN) - 1)
    .concat('x');
  expect(await drawnTexts(schedulesChart([{name, schedule: drawing(1, 10)}]))).toContain(name);
});

test('49 lines differ in colour and dashes together; neighbours in each', () => {
  const styles = Array.from({length: 49}, (_, i) => seriesStyle(i));
  expect(new Set(styles.map(({color, dash}) => `${color} ${dash}`)).size).toBe(49);
  for (const [i, {color, dash, shape}] of styles.slice(1).entries()) {
    expect(color).not.toBe(styles[i]!.color);
    if ((i + 1) % 7 !== 0) expect([dash, shape]).not.toEqual([styles[i]!.dash, styles[i]!.shape]);
  }
});
