import {expect, test} from 'vitest';
import {type DrawnParallel, parallelAxis, parallelChart} from '../../src/plots/index.js';

test('an axis has its values where they lie: numbers far apart by their logarithms, texts in their order', () => {
  const placesOf = (values: readonly (number | string | null)[]) => {
    const {placeOf, labels} = parallelAxis('a', values);
    return [values.map(placeOf), labels.map(({text}) => text)];
  };
  expect(placesOf([1, 3, 2])).toEqual([
    [0, 1, 0.5],
    ['1', '2', '3'],
  ]);
  expect(placesOf([0.01, 1, 0.1, null])).toEqual([
    [0, 1, 0.5, null],
    ['0.01', '0.1', '1'],
  ]);
  expect(placesOf(['b', 'a', 'b', 'c10', 'c9'])).toEqual([
    [1 / 3, 0, 1 / 3, 1, 2 / 3],
    ['a', 'b', 'c9', 'c10'],
  ]);
  expect(placesOf([5, 5])).toEqual([[0.5, 0.5], ['5']]);
  // Of many numbers the ends and the middle.
  expect(placesOf([0, 1, 2, 3, 4, 10])[1]).toEqual(['0', '5', '10']);
});

const DRAWN: DrawnParallel = {
  title: 'a title',
  metric: 'best',
  outcomes: [0.5, 0.9, 0.7],
  parameters: [
    {name: 'rate', values: [0.1, 0.2, 0.3]},
    {name: 'method', values: ['none', 'reinit', 'none']},
  ],
  goal: 'maximize',
};

/** Each run's outcome and colour, in the order in which they are drawn. */
function linesOf(drawn: DrawnParallel): [place: number, color: string][] {
  const {layer} = parallelChart(drawn) as unknown as {
    layer: {data: {values: {id?: string; axis: number; place: number; color: string}[]}}[];
  };
  const points = layer[1]!.data.values.filter(({axis}) => axis === 2);
  expect(points.map(({id}) => id)).toEqual(points.map(({id}) => id).sort());
  return points.map(({place, color}) => [place, color]);
}

test.each(['maximize', 'minimize'] as const)('the best run is the darkest, and on top: %s', (goal) => {
  const lines = linesOf({...DRAWN, goal});
  const places = lines.map(([place]) => Math.round(place * 100) / 100);
  expect(places).toEqual(goal === 'maximize' ? [0, 0.5, 1] : [1, 0.5, 0]);
  const reds = lines.map(([, color]) => Number(/\d+/.exec(color)![0]));
  expect(reds).toEqual([...reds].sort((a, b) => b - a));
  expect(new Set(reds).size).toBe(3);
});
