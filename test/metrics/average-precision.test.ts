import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {NdArray} from '../../src/contract/index.js';
import {averagePrecision, meanAveragePrecision} from '../../src/metrics/index.js';
import golden from '../golden/average_precision.json' with {type: 'json'};
import {r} from '../helpers/workload-goldens.js';

describe('averagePrecision', () => {
  test.each(golden.cases)(`is that of ${golden.madeBy}`, ({scores, answers, value}) => {
    expect(averagePrecision(scores, answers)).toBeCloseTo(value, 14);
  });

  test('of equal scores does not depend on their order', () => {
    expect(averagePrecision([1, 1, 1], [1, 0, 0])).toBe(1 / 3);
    expect(averagePrecision([1, 1, 1], [0, 0, 1])).toBe(1 / 3);
  });

  test('with a score that is NaN, or without an answer 1, is NaN', () => {
    expect(averagePrecision([1, Number.NaN], [1, 0])).toBeNaN();
    expect(averagePrecision([1, 2], [0, 0])).toBeNaN();
  });
});

/** A batch [rows, tasks]; undefined answers are unknown. */
function batch(rows: readonly (readonly (readonly [score: number, answer?: 0 | 1])[])[]) {
  const all = rows.flat();
  const array = (values: number[]): NdArray => ({
    shape: [rows.length, rows[0]!.length],
    dtype: 'float32',
    data: Float32Array.from(values),
  });
  return {
    outputs: {scores: array(all.map(([score]) => score))},
    fields: {
      targets: array(all.map(([, answer = Number.NaN]) => answer)),
      weights: array(all.map(([, answer]) => Number(answer !== undefined))),
    },
  };
}

function measured(...batches: ReturnType<typeof batch>[]): number {
  const metric = meanAveragePrecision();
  const state = batches.reduce((kept, {outputs, fields}) => metric.add(kept, outputs, fields), metric.start());
  // What is kept is plain data.
  return metric.finish(JSON.parse(JSON.stringify(state)));
}

describe('meanAveragePrecision', () => {
  test('is over the tasks that have both answers, each of its known ones, of all batches', () => {
    const first = batch([
      [[3, 1], [1, 0], [9], [0, 0]],
      [[2, 0], [2, 1], [8], [1]],
    ]);
    const second = batch([
      [[1, 1], [3], [7], [2, 0]],
      [[9], [0, 1], [6], [3, 0]],
    ]);
    // Task 0: 1, then 2 of 3. Task 1: first of two, then both of three.
    expect(measured(first, second)).toBeCloseTo(((1 + 2 / 3) / 2 + (1 + 2 / 3) / 2) / 2, 15);
  });

  test('a task with only ones counts where another answer is unknown, as in AlgoPerf', () => {
    expect(measured(batch([[[3, 1]], [[2, 1]]]))).toBeNaN();
    expect(measured(batch([[[3, 1]], [[2]]]))).toBe(1);
  });

  test('a task with only zeros, or with none, does not count', () => {
    expect(
      measured(
        batch([
          [[3, 0], [1], [4, 1]],
          [[2, 0], [2], [3, 0]],
        ]),
      ),
    ).toBe(1);
    expect(
      measured(
        batch([
          [[3, 0], [1]],
          [[2, 0], [2]],
        ]),
      ),
    ).toBeNaN();
    expect(meanAveragePrecision().finish(meanAveragePrecision().start())).toBeNaN();
  });
});

const path = process.env.ALGOPERF_DATA_DIR && join(process.env.ALGOPERF_DATA_DIR, 'workload-goldens', 'ogbg.json');
const hasGolden = path !== undefined && path !== '' && existsSync(path);

describe.skipIf(!hasGolden)(
  hasGolden
    ? "on AlgoPerf's matrix"
    : "on AlgoPerf's matrix (skipped: needs workload-goldens/ogbg.json in ALGOPERF_DATA_DIR)",
  () => {
    const [ROWS, TASKS] = [200, 128];
    const u = (i: number): number => (r(1100, i) + 1) / 2;
    const labels = Array.from({length: ROWS * TASKS}, (_, i) => {
      const task = i % TASKS;
      if (task === 5) return u(i) < 0.5 ? 1 : Number.NaN;
      if (task === 6) return u(i) < 0.5 ? 0 : Number.NaN;
      if (task === 7) return Number.NaN;
      return u(i) < 0.2 ? 1 : u(i) < 0.8 ? 0 : Number.NaN;
    });
    const halfToEven = (value: number): number => {
      const below = Math.floor(value);
      const rest = value - below;
      return rest === 0.5 ? below + (below % 2 === 0 ? 0 : 1) : Math.round(value);
    };
    const array = (data: Float32Array): NdArray => ({shape: [ROWS, TASKS], dtype: 'float32', data});
    const precisionOf = (score: (i: number) => number): number => {
      const metric = meanAveragePrecision();
      const fields = {
        targets: array(Float32Array.from(labels, (label) => (Number.isNaN(label) ? 0 : label))),
        weights: array(Float32Array.from(labels, (label) => Number(!Number.isNaN(label)))),
      };
      const scores = array(Float32Array.from(labels, (_, i) => score(i)));
      return metric.finish(metric.add(metric.start(), {scores}, fields));
    };
    const expected = hasGolden ? JSON.parse(readFileSync(path!, 'utf8')).mean_average_precision : {};

    test('with equal scores', () => {
      expect(precisionOf((i) => halfToEven(r(1101, i) * 16) / 4)).toBeCloseTo(expected.value_with_ties, 13);
    });

    test('without', () => {
      expect(precisionOf((i) => Math.fround(r(1102, i)) * 4)).toBeCloseTo(expected.value_no_ties, 13);
    });
  },
);
