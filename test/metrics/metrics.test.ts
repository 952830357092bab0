import {describe, expect, test} from 'vitest';
import type {HostBatch, HostOutputs, Metric, NdArray} from '../../src/contract/index.js';
import {accuracy, bitsPerToken, mean, meanAveragePrecision, perplexity} from '../../src/metrics/index.js';

const floats = (...values: number[]): NdArray => ({
  shape: [values.length],
  dtype: 'float32',
  data: Float32Array.from(values),
});
const scalar = (value: number): NdArray => ({shape: [], dtype: 'float32', data: Float32Array.of(value)});

/** The metric's value over batches, with what it keeps written down and read back between them. */
function computed(metric: Metric, ...batches: readonly [HostOutputs, HostBatch][]): number {
  const kept = batches.reduce(
    (state, [outputs, batch]) => JSON.parse(JSON.stringify(metric.add(state, outputs, batch))),
    metric.start(),
  );
  return metric.finish(kept);
}

describe('mean', () => {
  test('divides the sum of all batches by their weights, of which padding has none', () => {
    const batches: [HostOutputs, HostBatch][] = [
      [{loss: scalar(6)}, {weights: floats(1, 1, 1)}],
      [{loss: scalar(1)}, {weights: floats(1, 0, 0)}],
    ];
    expect(computed(mean('loss'), ...batches)).toBe(7 / 4);
  });

  test('takes the sum and what it is of from the named outputs', () => {
    const outputs = {nats: scalar(6), tokens: 4};
    expect(computed(mean('loss', {of: 'nats', per: 'tokens'}), [outputs, {}])).toBe(1.5);
  });

  test('adds in double precision', () => {
    const batch: [HostOutputs, HostBatch] = [{loss: scalar(2 ** 24)}, {weights: floats(1)}];
    const small: [HostOutputs, HostBatch] = [{loss: scalar(1)}, {weights: floats(1)}];
    expect(computed(mean('loss'), batch, small)).toBe((2 ** 24 + 1) / 2);
  });

  test('is NaN where nothing counts', () => expect(computed(mean('loss'))).toBeNaN());

  test('has the name that it is given, as the others have', () => {
    expect([mean('nats'), perplexity(), perplexity('ppl'), accuracy(), accuracy('top')].map(({name}) => name)).toEqual([
      ...['nats', 'perplexity', 'ppl', 'accuracy', 'top'],
    ]);
    expect(meanAveragePrecision().name).toBe('mean_average_precision');
  });

  test.each([
    [{other: scalar(1)}, "metric 'loss': the evaluation gives no output 'loss'; it gives other"],
    [{loss: floats(1, 2)}, "metric 'loss' needs a scalar, but output 'loss' is of shape [2]"],
    [{loss: {...floats(1, 2), shape: [2, 1]}}, "metric 'loss' needs a scalar, but output 'loss' is of shape [2, 1]"],
    [{loss: floats(), other: 1}, "metric 'loss' needs a scalar, but output 'loss' is of shape [0]"],
    [{a: 1, b: 2}, "metric 'loss': the evaluation gives no output 'loss'; it gives a, b"],
    [{}, "metric 'loss': the evaluation gives no output 'loss'; it gives none at all"],
    ...['much', null, {data: [1]}, {shape: []}].map(
      (loss) => [{loss}, "metric 'loss' needs an array, but output 'loss' is not one"] as const,
    ),
  ] as const)('refuses %o', (outputs, message) =>
    expect(() => computed(mean('loss'), [outputs as unknown as HostOutputs, {weights: floats(1)}])).toThrow(message),
  );
});

test('perplexity is that of guessing: 4 among 4 equally likely tokens, whatever the batches', () => {
  const nats = Math.log(4);
  const batches: [HostOutputs, HostBatch][] = [
    [{loss: 3 * nats}, {weights: floats(1, 1, 1)}],
    [{loss: nats}, {weights: floats(1, 0)}],
  ];
  expect(computed(perplexity(), ...batches)).toBeCloseTo(4, 12);
  expect(computed(perplexity('ppl', {of: 'sum', per: 'tokens'}), [{sum: 2 * nats, tokens: 2}, {}])).toBeCloseTo(4, 12);
});

test('bits per token are those of guessing: 2 among 4 equally likely tokens, whatever the batches', () => {
  const nats = Math.log(4);
  const batches: [HostOutputs, HostBatch][] = [
    [{loss: 3 * nats}, {weights: floats(1, 1, 1)}],
    [{loss: nats}, {weights: floats(1, 0)}],
  ];
  expect(computed(bitsPerToken('bits'), ...batches)).toBeCloseTo(2, 12);
  const named = bitsPerToken('bits', {of: 'sum', per: 'bytes'});
  expect([named.name, computed(named, [{sum: 2 * nats, bytes: 4}, {}])]).toEqual(['bits', expect.closeTo(1, 12)]);
});

describe('accuracy', () => {
  const batch = {targets: floats(0, 1, 2, 3), weights: floats(1, 1, 1, 0)};

  test('is the share of right predictions among those that count', () => {
    expect(computed(accuracy(), [{predictions: floats(0, 1, 1, 3)}, batch])).toBe(2 / 3);
    expect(computed(accuracy('top', {of: 'best'}), [{best: floats(0, 1, 2, 2)}, batch])).toBe(1);
  });

  test('refuses predictions of another number', () =>
    expect(() => computed(accuracy(), [{predictions: floats(0, 1)}, batch])).toThrow(
      "metric 'accuracy' needs a target and a weight for each prediction, got 2 predictions, 4 targets, 4 weights",
    ));
});
