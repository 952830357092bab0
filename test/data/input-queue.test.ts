import {describe, expect, test} from 'vitest';
import type {HostBatch, Source} from '../../src/contract/index.js';
import {arraySource, createInputQueue} from '../../src/data/index.js';

const source = arraySource({
  inputs: {shape: [10, 2], dtype: 'float32', data: Float32Array.from({length: 20}, (_, i) => i)},
  targets: {shape: [10], dtype: 'int32', data: Int32Array.from({length: 10}, (_, i) => 100 + i)},
});
const options = {source, batchSize: 3, key: [0, 4] as const};

function drawn(count: number, position = 0): {inputs: number[]; targets: number[]}[] {
  const queue = createInputQueue({...options, position});
  return Array.from({length: count}, () => {
    const {inputs, targets} = queue.next() as HostBatch;
    return {inputs: [...inputs!.data], targets: [...targets!.data]};
  });
}

describe('createInputQueue', () => {
  test('keeps the fields of an example together', () => {
    for (const {inputs, targets} of drawn(7)) {
      expect(inputs).toEqual(targets.flatMap((target) => [2 * (target - 100), 2 * (target - 100) + 1]));
    }
  });

  test('shows every example at most once an epoch, in another order each epoch', () => {
    const epochs = [drawn(3), drawn(3, 3)].map((batches) => batches.flatMap(({targets}) => targets));
    for (const epoch of epochs) expect(new Set(epoch).size).toBe(9);
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  test.each([1, 3, 4, 8])('begun at position %d it continues as if it had not stopped', (position) => {
    expect(drawn(5, position)).toEqual(drawn(5 + position).slice(position));
    expect(createInputQueue({...options, position}).position).toBe(position);
  });

  test('counts what was drawn', () => {
    const queue = createInputQueue(options);
    queue.next();
    queue.next();
    expect(queue.position).toBe(2);
    expect((queue.next() as HostBatch).inputs!.shape).toEqual([3, 2]);
  });

  test.each([0, 11, 2.5])('a batch of %d is refused', (batchSize) => {
    expect(() => createInputQueue({...options, batchSize})).toThrow(
      `batchSize must be an integer from 1 to the 10 training examples, got ${batchSize}`,
    );
  });

  test('a source gets the rows, and a key that belongs to the batch', () => {
    const calls: {rows: number[]; key: unknown}[] = [];
    const noting: Source = {
      size: 10,
      read(rows, key) {
        calls.push({rows: [...rows], key});
        return {x: {shape: [rows.length], dtype: 'int32', data: new Int32Array(rows.length)}};
      },
    };
    const queue = createInputQueue({...options, source: noting});
    for (let i = 0; i < 5; i++) queue.next();
    expect(calls.map(({rows}) => rows)).toEqual(drawn(5).map(({targets}) => targets.map((target) => target - 100)));
    expect(new Set(calls.map(({key}) => String(key))).size).toBe(5);
    createInputQueue({...options, source: noting, position: 3}).next();
    expect(calls.at(-1)).toEqual(calls[3]);
  });
});

/** A source whose batches come when they are released: field `numbers`. */
function slowSource(size = 10) {
  const asked: {rows: number[]; reuse: HostBatch | undefined; release: () => void; fail: (error: Error) => void}[] = [];
  const later: Source = {
    size,
    read: (rows, _, reuse) =>
      new Promise((resolve, reject) => {
        const numbers = {shape: [rows.length], dtype: 'int32', data: Int32Array.from(rows)} as const;
        asked.push({rows: [...rows], reuse, release: () => resolve({numbers}), fail: reject});
      }),
  };
  return {asked, later};
}

describe('of a source that gives promises', () => {
  test('a bounded number of batches is asked for ahead, in order; the position is that of what was drawn', async () => {
    const {asked, later} = slowSource();
    const queue = createInputQueue({...options, source: later, ahead: 2});
    expect(asked.length).toBe(0);
    const first = queue.next();
    expect(asked.length).toBe(2);
    expect(queue.position).toBe(1);
    // The second is there before the first.
    asked[1]!.release();
    asked[0]!.release();
    expect([...(await first).numbers!.data]).toEqual(asked[0]!.rows);
    const second = queue.next();
    expect(asked.length).toBe(3);
    expect([...(await second).numbers!.data]).toEqual(asked[1]!.rows);
    expect(asked.map(({rows}) => rows)).toEqual(drawn(3).map(({targets}) => targets.map((target) => target - 100)));
  });

  test('half of the batches are asked for at a time', async () => {
    const {asked, later} = slowSource();
    const queue = createInputQueue({...options, source: later, ahead: 4});
    const counts: number[] = [];
    for (let i = 0; i < 5; i++) {
      const next = queue.next();
      counts.push(asked.length);
      for (const {release} of asked) release();
      await next;
    }
    expect(counts).toEqual([4, 4, 6, 6, 8]);
  });

  test('a batch that is drawn serves one other, not before the next draw', async () => {
    const {asked, later} = slowSource();
    const queue = createInputQueue({...options, source: later, ahead: 4});
    const before: HostBatch[] = [];
    for (let i = 0; i < 8; i++) {
      const from = asked.length;
      const next = queue.next();
      for (const {release} of asked) release();
      const reused = asked.slice(from).map(({reuse}) => reuse);
      expect(reused).toEqual(i === 0 ? Array(4).fill(undefined) : before.splice(0, reused.length));
      before.push(await next);
    }
    expect(asked.length).toBe(10);
    expect(before.length).toBe(2);
  });

  test('a batch that could not be read throws where it is drawn, and not before', async () => {
    const {asked, later} = slowSource();
    const queue = createInputQueue({...options, source: later, ahead: 2});
    const first = queue.next();
    asked[1]!.fail(new Error('the disk is gone'));
    asked[0]!.release();
    await first;
    await new Promise((resolve) => setImmediate(resolve));
    await expect(queue.next()).rejects.toThrow('the disk is gone');
  });

  test('a source that throws before there is a promise fails the batch that it was asked for', async () => {
    let asked = 0;
    const failing: Source = {
      size: 10,
      read(rows, ...rest) {
        asked += 1;
        if (asked === 2) throw new Error('the disk is gone');
        return Promise.resolve(source.read(rows, ...rest));
      },
    };
    const queue = createInputQueue({...options, source: failing});
    const targetsOf = async () => [...(await queue.next()).targets!.data];
    const [first, , third] = drawn(3);
    expect(await targetsOf()).toEqual(first!.targets);
    await expect(targetsOf()).rejects.toThrow('the disk is gone');
    expect(await targetsOf()).toEqual(third!.targets);
  });

  test('a batch that was not given is not counted', () => {
    const failing: Source = {
      size: 10,
      read() {
        throw new Error('the disk is gone');
      },
    };
    const queue = createInputQueue({...options, source: failing});
    expect(() => queue.next()).toThrow('the disk is gone');
    expect(queue.position).toBe(0);
  });
});
