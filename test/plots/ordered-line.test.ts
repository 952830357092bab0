import {expect, test} from 'vitest';
import {orderedLine} from '../../src/plots/ordered-line.js';

const points = (count: number) => Array.from({length: count}, (_, step) => ({step, value: 2 * step}));

test('a line of 5,000 points is one stroke', () => {
  const {data, channels} = orderedLine(points(5000));
  expect(data.values).toHaveLength(5000);
  expect(data.values[7]).toEqual({step: 7, value: 14, order: 7});
  expect(channels).not.toHaveProperty('detail');
});

test('a longer one comes in pieces, each of which begins where the one before it ends', () => {
  const {data, channels} = orderedLine(points(10_001));
  expect(channels).toMatchObject({detail: {field: 'piece'}});
  const pieces = [0, 1, 2].map((piece) => data.values.filter((point) => point.piece === piece));
  expect(pieces.map((piece) => [piece[0]!.step, piece.at(-1)!.step])).toEqual([
    [0, 5000],
    [5000, 10_000],
    [10_000, 10_000],
  ]);
  expect(data.values.map(({step}) => step)).toEqual(data.values.map(({step}) => step).sort((a, b) => a - b));
});
