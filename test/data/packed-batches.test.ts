import {describe, expect, test} from 'vitest';
import type {HostBatch, Key, Rows, Source} from '../../src/contract/index.js';
import {createInputQueue, evaluationBatches} from '../../src/data/index.js';

const SIZE = 23;
const PER_BATCH = 20;
/** How much room each example takes. */
const sizes = Array.from({length: SIZE}, (_, i) => 1 + ((i * 7) % 11));

/** Batches of at most `batchSize` examples that have room for `PER_BATCH`. */
function packedSource(seen: {rows: number[]; key: Key | undefined}[] = []): Source {
  return {
    size: SIZE,
    leastBatchSize: 2,
    read: () => ({}),
    packed: (batchSize) => ({
      most: batchSize,
      take(rows) {
        let [count, used] = [0, 0];
        for (; count < rows.length && used + sizes[rows[count]!]! <= PER_BATCH; count++) used += sizes[rows[count]!]!;
        return count;
      },
      async read(rows, key) {
        seen.push({rows: [...rows], key});
        const data = new Int32Array(batchSize).fill(-1);
        data.set(rows as Rows);
        return {rows: {shape: [batchSize], dtype: 'int32', data}};
      },
    }),
  };
}

const options = {source: packedSource(), batchSize: 6, key: [0, 4] as const};
const rowsIn = (batch: HostBatch): number[] => [...batch.rows!.data].filter((row) => row >= 0);

async function drawn(count: number, position = 0): Promise<{rows: number[]; position: number}[]> {
  const queue = createInputQueue({...options, position});
  const batches = [];
  for (let i = 0; i < count; i++)
    batches.push({rows: rowsIn((await queue.next()) as HostBatch), position: queue.position});
  return batches;
}

describe('a queue of packed batches', () => {
  test('takes as many examples as fit, and no fewer', async () => {
    const batches = (await drawn(40)).map(({rows}) => rows);
    const sizeOf = (rows: number[]): number => rows.reduce((sum, row) => sum + sizes[row]!, 0);
    for (const [i, rows] of batches.slice(0, -1).entries()) {
      expect(sizeOf(rows)).toBeLessThanOrEqual(PER_BATCH);
      expect(rows.length === 6 || sizeOf(rows) + sizes[batches[i + 1]![0]!]! > PER_BATCH).toBe(true);
    }
  });

  test('goes through every epoch without leaving anything out', async () => {
    const all = (await drawn(60)).flatMap(({rows}) => rows);
    const epochs = [0, 1, 2, 3].map((epoch) => all.slice(epoch * SIZE, (epoch + 1) * SIZE));
    for (const epoch of epochs) expect([...epoch].sort((a, b) => a - b)).toEqual([...sizes.keys()]);
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  test('begun where another one stands it continues as that one does', async () => {
    const whole = await drawn(30);
    for (const at of [0, 3, 4, 9, 17])
      expect(await drawn(30 - at - 1, whole[at]!.position)).toEqual(whole.slice(at + 1));
  });

  test('each batch has a key of its own, the same when it is begun there', async () => {
    const keysOf = async (position: number, count: number) => {
      const seen: {rows: number[]; key: Key | undefined}[] = [];
      const queue = createInputQueue({...options, source: packedSource(seen), position, ahead: 1});
      const positions = [];
      for (let i = 0; i < count; i++) {
        await queue.next();
        positions.push(queue.position);
      }
      return {keys: seen.map(({key}) => key), positions};
    };
    const {keys, positions} = await keysOf(0, 20);
    expect(new Set(keys.map(String)).size).toBe(20);
    expect((await keysOf(positions[11]!, 8)).keys).toEqual(keys.slice(12));
  });

  test('more epochs than one in a batch, and a batch of more than a block', async () => {
    const large = {...packedSource(), packed: undefined as Source['packed']};
    large.packed = () => ({
      most: 5000,
      take: (rows) => rows.length,
      read: (rows) => ({rows: {shape: [rows.length], dtype: 'int32', data: Int32Array.from(rows)}}),
    });
    const queue = createInputQueue({...options, source: large as Source});
    const [first, second] = [queue.next() as HostBatch, queue.next() as HostBatch].map(rowsIn) as [number[], number[]];
    expect(queue.position).toBe(10_000);
    const plain = (await drawn(4000)).flatMap(({rows}) => rows);
    expect([...first, ...second]).toEqual(plain.slice(0, 10_000));
  });

  test('a batch that does not hold the largest example is refused', () => {
    expect(() => createInputQueue({...options, batchSize: 1})).toThrow(
      'batchSize must be an integer from 2, which holds the largest example, to the 23 training examples, got 1',
    );
    const source = {...packedSource(), leastBatchSize: 24, largestExample: 'record 7, of 3,000 atoms'};
    expect(() => createInputQueue({...options, source, batchSize: 23})).toThrow(
      "batchSize can't be large enough: the largest example (record 7, of 3,000 atoms) needs 24 at least, and a batch may have no more " +
        'than the 23 training examples; leave that example out, or use more data',
    );
  });
});

describe('evaluation in packed batches', () => {
  async function all(rows?: Rows): Promise<number[][]> {
    const batches = evaluationBatches({split: 'validation', source: packedSource(), batchSize: 6, ...(rows && {rows})});
    const next = batches.start();
    const seen: number[][] = [];
    for (let i = 0; i < batches.count; i++) seen.push(rowsIn(await next()));
    expect(batches.size).toBe(seen.flat().length);
    return seen;
  }

  test('has every example once, in its order', async () => {
    const batches = await all();
    expect(batches.flat()).toEqual([...sizes.keys()]);
    expect(batches.length).toBeGreaterThan(SIZE / 6);
  });

  test('of some examples has these', async () => {
    expect((await all(Uint32Array.of(1, 5, 6, 22))).flat()).toEqual([1, 5, 6, 22]);
  });

  test('is not of batches that are larger than the split, but large enough for an example', () => {
    const sizesAsked: number[] = [];
    const source = packedSource();
    const noting: Source = {
      ...source,
      packed(size, use) {
        sizesAsked.push(size);
        return source.packed!(size, use);
      },
    };
    evaluationBatches({split: 'validation', source: noting, batchSize: 512});
    evaluationBatches({split: 'validation', source: noting, batchSize: 512, rows: Uint32Array.of(3)});
    expect(sizesAsked).toEqual([23, 2]);
  });
});
