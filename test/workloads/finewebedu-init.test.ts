import {expect, test, vi} from 'vitest';
import {leavesOf, type NdArray} from '../../src/contract/index.js';
import {finewebeduLm} from '../../workloads/finewebedu_lm/index.js';

/** Values that are drawn of a leaf: all 252 million would take a minute. */
const DRAWN = 50_000;

vi.mock('../../src/engine/index.js', async (importOriginal) => {
  const engine = await importOriginal<typeof import('../../src/engine/index.js')>();
  const normal: typeof engine.normal = (key, shape) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return {...engine.normal(key, [Math.min(DRAWN, size)]), shape};
  };
  return {...engine, normal};
});

/** Mean and deviation by the leaf's name, of AlgoPerf's `finewebedu_lm_jax/models.py` with its 12 layers and sequences of 1,024 tokens. */
const expected: readonly [leaf: RegExp, mean: number, deviation: number, leaves: number][] = [
  [/^embed\/embedding$/, 0, 0.02, 1],
  [/\/(query|key|value)\/kernel$/, 0, 0.02, 36],
  [/\/mlp0\/dense0\/kernel$/, 0, 0.02, 12],
  // Divided by the square root of twice the layers.
  [/\/(attnOutProj|dense1)\/kernel$/, 0, 0.0040824829, 24],
  [/\/attnScale$/, 19.998590429745, 0, 12],
  [/\/scale$/, 1, 0, 25],
];

const leaves = leavesOf<NdArray>(finewebeduLm.initModel([0, 5]).params);

test.each(expected)('leaves %s begin with mean %d and deviation %d', (name, mean, deviation, count) => {
  const some = leaves.filter(({path}) => name.test(path));
  expect(some.length).toBe(count);
  for (const {path, value} of some) {
    const data = value.data as Float32Array;
    const found = data.reduce((sum, each) => sum + each, 0) / data.length;
    const squares = data.reduce((sum, each) => sum + (each - found) ** 2, 0);
    // Six deviations of what so many values have.
    const error = (6 * deviation) / Math.sqrt(data.length);
    expect(Math.abs(found - mean), `mean of ${path}`).toBeLessThanOrEqual(error + 1e-7 * mean);
    expect(Math.abs(Math.sqrt(squares / data.length) - deviation), `deviation of ${path}`).toBeLessThanOrEqual(
      error / Math.SQRT2,
    );
  }
});

test('every leaf is one of these, and no two have the same draws', () => {
  expect(leaves.filter(({path}) => !expected.some(([name]) => name.test(path)))).toEqual([]);
  const firsts = leaves.map(({value}) => value.data[0]!).filter((first) => Math.abs(first) < 0.5);
  // Those that are divided differ from the others' by a factor alone where their draws are the same.
  const draws = firsts.flatMap((first) => [first, first * Math.sqrt(24)]).map((draw) => draw.toPrecision(6));
  expect(new Set(draws).size).toBe(2 * 73);
});
