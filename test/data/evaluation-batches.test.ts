import {describe, expect, test} from 'vitest';
import {arraySource, evaluationBatches, sampleRows} from '../../src/data/index.js';

const source = arraySource({x: {shape: [7], dtype: 'int32', data: Int32Array.from({length: 7}, (_, i) => 10 * i)}});

async function all(batches: ReturnType<typeof evaluationBatches>): Promise<{x: number[]; weights: number[]}[]> {
  const next = batches.start();
  const seen: {x: number[]; weights: number[]}[] = [];
  for (let i = 0; i < batches.count; i++) {
    const {x, weights} = await next();
    seen.push({x: [...x!.data], weights: [...weights!.data]});
  }
  return seen;
}

describe('evaluationBatches', () => {
  const expected = [
    {x: [0, 10, 20], weights: [1, 1, 1]},
    {x: [30, 40, 50], weights: [1, 1, 1]},
    {x: [60, 60, 60], weights: [1, 0, 0]},
  ];

  test('the last batch is filled up with its last example, of weight 0', async () => {
    const batches = evaluationBatches({split: 'validation', source, batchSize: 3});
    expect(batches).toMatchObject({size: 7, count: 3});
    expect(await all(batches)).toEqual(expected);
    expect(await all(batches)).toEqual(expected);
  });

  test('are the same of a source that gives promises', async () => {
    const later = {size: 7, read: async (rows: Parameters<typeof source.read>[0]) => structuredCopy(source.read(rows))};
    expect(await all(evaluationBatches({split: 'validation', source: later, batchSize: 3}))).toEqual(expected);
  });

  test('no batch is larger than the split', async () => {
    expect(await all(evaluationBatches({split: 'validation', source, batchSize: 100}))).toEqual([
      {x: [0, 10, 20, 30, 40, 50, 60], weights: [1, 1, 1, 1, 1, 1, 1]},
    ]);
  });

  test("weights of the source's own stay, but for those of what is filled up", async () => {
    const x = {shape: [3], dtype: 'int32', data: Int32Array.of(1, 2, 3)} as const;
    const weights = {shape: [3, 2], dtype: 'float32', data: Float32Array.of(1, 1, 1, 0, 0.5, 1)} as const;
    expect(
      await all(evaluationBatches({split: 'validation', source: arraySource({x, weights}), batchSize: 2})),
    ).toEqual([
      {x: [1, 2], weights: [1, 1, 1, 0]},
      {x: [3, 3], weights: [0.5, 1, 0, 0]},
    ]);
    expect([...weights.data]).toEqual([1, 1, 1, 0, 0.5, 1]);
  });

  test('may take some examples only', async () => {
    const batches = evaluationBatches({split: 'validation', source, batchSize: 2, rows: Uint32Array.of(1, 4, 6)});
    expect(batches).toMatchObject({size: 3, count: 2});
    expect(await all(batches)).toEqual([
      {x: [10, 40], weights: [1, 1]},
      {x: [60, 60], weights: [1, 0]},
    ]);
  });
});

/** The values that are valid until the next read. */
function structuredCopy(batch: ReturnType<typeof source.read>) {
  return {x: {...batch.x!, data: batch.x!.data.slice()}};
}

describe('sampleRows', () => {
  test('are as many as asked for, ascending, each once, and a function of the key', () => {
    const rows = [...sampleRows(source, 4, [0, 1])];
    expect(rows.length).toBe(4);
    expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
    expect([...sampleRows(source, 4, [0, 1])]).toEqual(rows);
    expect([...sampleRows(source, 4, [0, 2])]).not.toEqual(rows);
  });

  test('are all where there are fewer', () => {
    expect([...sampleRows(source, 10, [0, 1])]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
