import {describe, expect, test} from 'vitest';
import type {Examples, Workload} from '../../src/contract/index.js';
import {createInputQueue} from '../../src/training/input-queue.js';

const examples: Examples = {
  inputs: {shape: [10, 2], dtype: 'float32', data: Float32Array.from({length: 20}, (_, i) => i)},
  targets: {shape: [10], dtype: 'int32', data: Int32Array.from({length: 10}, (_, i) => 100 + i)},
};
const options = {examples, batchSize: 3, key: [0, 4] as const};

function drawn(count: number, position = 0): {inputs: number[]; targets: number[]}[] {
  const queue = createInputQueue({...options, position});
  return Array.from({length: count}, () => {
    const {inputs, targets} = queue.next();
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

  test.each([1, 3, 4, 8])('begun at position %d it goes on as if it had not stopped', (position) => {
    expect(drawn(5, position)).toEqual(drawn(5 + position).slice(position));
    expect(createInputQueue({...options, position}).position).toBe(position);
  });

  test('counts what was drawn', () => {
    const queue = createInputQueue(options);
    queue.next();
    queue.next();
    expect(queue.position).toBe(2);
    expect(queue.next().inputs!.shape).toEqual([3, 2]);
  });

  test.each([0, 11, 2.5])('a batch of %d is refused', (batchSize) => {
    expect(() => createInputQueue({...options, batchSize})).toThrow(
      `batchSize must be an integer from 1 to the 10 training examples, got ${batchSize}`,
    );
  });

  test("the workload's makeBatch gets the rows, and a key that belongs to the batch", () => {
    const calls: {rows: number[]; key: unknown}[] = [];
    const makeBatch: NonNullable<Workload['makeBatch']> = (_, rows, key) => {
      calls.push({rows: [...(rows as Uint32Array)], key});
      return {};
    };
    const queue = createInputQueue({...options, makeBatch});
    for (let i = 0; i < 5; i++) queue.next();
    expect(calls.map(({rows}) => rows)).toEqual(drawn(5).map(({targets}) => targets.map((target) => target - 100)));
    expect(new Set(calls.map(({key}) => String(key))).size).toBe(5);
    createInputQueue({...options, makeBatch, position: 3}).next();
    expect(calls.at(-1)).toEqual(calls[3]);
  });

  test('bytes without a makeBatch are refused', () => {
    const bytes: Examples = {pixels: {shape: [10, 1], dtype: 'uint8', data: new Uint8Array(10)}};
    expect(() => createInputQueue({...options, examples: bytes})).toThrow("field 'pixels' is kept as bytes");
  });
});
