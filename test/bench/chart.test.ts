import {expect, test} from 'vitest';
import {benchChart} from '../../bench/chart.js';
import type {Row} from '../../bench/rows.js';

const row = (name: string, millisecondsPerStep: number, batchSize = 16): Row => ({
  workload: 'mnist',
  batchSize,
  optimizer: 'adamw',
  name,
  millisecondsPerStep,
  ratioToPeer: undefined,
  ratioToShipped: undefined,
  ratioToStep: undefined,
  startSeconds: 1,
  firstStepSeconds: 1,
  peakMegabytes: 100,
});

interface Layer {
  readonly encoding: {
    readonly x: {
      readonly scale: {readonly domain: [number, number]; readonly nice: boolean};
      readonly axis: {values: number[]};
    };
    readonly x2?: {readonly field: string};
  };
}

interface Drawn {
  readonly data: {readonly values: readonly {low: number; milliseconds: number; label: string}[]};
  readonly spec: {readonly width: number; readonly layer: readonly [Layer, Layer]};
}

const draw = (rows: readonly Row[]): Drawn => benchChart(rows) as unknown as Drawn;

const CASES: readonly (readonly Row[])[] = [
  [row('wasm', 1.17)],
  [row('wasm', 1.17), row('wasm, whole run', 1.14)],
  [row('jax', 0.2), row('cpu', 210), row('jax', 0.9, 128), row('cpu', 43, 128), row('wasm', 8123, 1024)],
];

test.each(CASES.map((rows) => [rows]))('bars begin where the axis does, and their numbers have room (%#)', (rows) => {
  const {data, spec} = draw(rows);
  const [bars, numbers] = spec.layer;
  const {domain, nice} = bars.encoding.x.scale;
  expect(bars.encoding.x2).toEqual({field: 'low'});
  expect(nice).toBe(false);
  expect(numbers.encoding.x).toEqual(bars.encoding.x);
  for (const {low, milliseconds} of data.values) {
    expect(low).toBe(domain[0]);
    expect(milliseconds).toBeGreaterThan(1.3 * low);
    const right = (spec.width * Math.log(milliseconds / low)) / Math.log(domain[1] / low);
    expect(right + 55).toBeLessThan(spec.width);
  }
  const {values} = bars.encoding.x.axis;
  expect(values.length).toBeGreaterThan(1);
  for (const tick of values) expect(tick).toBeGreaterThanOrEqual(domain[0]);
});

test('numbers are written out', () => {
  const {data} = draw([row('tensorflow', 0.2134), row('wasm', 8123.4), row('cpu', 43)]);
  expect(data.values.map(({label}) => label)).toEqual(['0.213', '8123', '43.0']);
});
