import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {roundedExp, roundedLog} from '../../src/support/index.js';
import {haltonPoints} from '../../src/tuning/halton.js';
import {mersenneTwister} from '../../src/tuning/mersenne-twister.js';
import {type SearchSpace, trialPoints} from '../../src/tuning/search-space.js';

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'golden', 'halton.json'), 'utf8'));

describe(`points agree bit for bit with ${golden.madeBy}`, () => {
  test.each<{seed: number; order: number[]; double: number}>(golden.generator)(
    'the generator of seed $seed',
    ({seed, order, double}) => {
      const random = mersenneTwister(seed);
      expect(random.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual(order);
      expect(random.double()).toBe(double);
    },
  );
  test.each<{dimensions: number; points: number[][]}>(golden.unitPoints)(
    '$dimensions dimensions',
    ({dimensions, points}) => expect(haltonPoints(points.length, dimensions)).toEqual(points),
  );
  test.each<{numTrials: number; seed: number; points: object[]}>(golden.trials)(
    '$numTrials trials in the order of seed $seed',
    ({numTrials, seed, points}) => expect(trialPoints(golden.space, {numTrials, seed})).toEqual(points),
  );
  test.each([
    ['exp', roundedExp],
    ['log', roundedLog],
  ] as const)('%s', (name, rounded) => {
    for (const {x, value} of golden[name] as {x: number; value: number}[]) expect(rounded(x), String(x)).toBe(value);
  });
});

const recorded = join(
  process.env.ALGOPERF_DATA_DIR || join(import.meta.dirname, '..', '..', '..', 'shared', 'data'),
  'algoperf-logs',
  'halton.json',
);
interface Recorded {
  readonly search_space: SearchSpace;
  readonly cases: {
    readonly [name: string]: {
      readonly num_trials: number;
      readonly points_unshuffled: readonly unknown[];
      readonly order_under_numpy_seed: {readonly [seed: string]: readonly number[]};
    };
  };
}

test.skipIf(!existsSync(recorded))("points and orders of AlgoPerf's own generator, bit for bit (recorded)", () => {
  const {search_space, cases} = JSON.parse(readFileSync(recorded, 'utf8')) as Recorded;
  for (const {num_trials: numTrials, points_unshuffled, order_under_numpy_seed} of Object.values(cases)) {
    for (const [seed, order] of Object.entries(order_under_numpy_seed)) {
      const points = trialPoints(search_space, {numTrials, seed: Number(seed)});
      expect(points.map((point) => Object.values(point))).toEqual(order.map((i) => points_unshuffled[i]));
    }
  }
});

test('every process that knows seed and number has the same point for the same trial; another seed changes the order alone', () => {
  const draw = (seed: number) => trialPoints(golden.space, {numTrials: 7, seed}).map((point) => JSON.stringify(point));
  expect(draw(4)).toEqual(draw(4));
  expect(draw(4)).not.toEqual(draw(5));
  expect(draw(4).sort()).toEqual(draw(5).sort());
});

test('a list gives its own points, in its order and no more than it has', () => {
  const space: SearchSpace = [{a: 1}, {a: [2, 3]}, {a: 'x'}];
  expect(trialPoints(space, {numTrials: 2, seed: 9})).toEqual([{a: 1}, {a: [2, 3]}]);
  expect(trialPoints(space, {numTrials: 5, seed: 9})).toEqual(space);
});
