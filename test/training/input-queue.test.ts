import {describe, expect, test} from 'vitest';
import type {Examples} from '../../src/contract/index.js';
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
      `batch_size: must be an integer from 1 to the 10 training examples, got ${batchSize}`,
    );
  });
});
