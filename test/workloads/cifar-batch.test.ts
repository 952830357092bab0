import {describe, expect, test} from 'vitest';
import type {Key} from '../../src/contract/index.js';
import {arraySource, createInputQueue, type Examples} from '../../src/data/index.js';
import {foldIn} from '../../src/engine/index.js';
import {makeBatch} from '../../workloads/cifar/batch.js';

const COUNT = 6;
const pixels = Uint8Array.from({length: COUNT * 3072}, (_, i) => 1 + ((i * 7 + (i >> 4)) % 255));
const examples: Examples = {
  inputs: {shape: [COUNT, 32, 32, 3], dtype: 'uint8', data: pixels},
  targets: {shape: [COUNT], dtype: 'int32', data: Int32Array.of(4, 1, 0, 9, 2, 7)},
};
const MEAN = [0.49139968, 0.48215827, 0.44653124];
const DEVIATION = [0.24703233, 0.24348505, 0.26158768];
const normalised = (value: number, channel: number) => (value / 255 - MEAN[channel]!) / DEVIATION[channel]!;

/** The image cut out of its black frame at (top, left) and mirrored or not, the long way round. */
function cutOut(row: number, top: number, left: number, isFlipped: boolean): number[] {
  const frame = Array.from({length: 36}, (_, y) =>
    Array.from({length: 36}, (_, x) => {
      const inside = y >= 2 && y < 34 && x >= 2 && x < 34;
      const at = row * 3072 + ((y - 2) * 32 + (x - 2)) * 3;
      return inside ? [...pixels.subarray(at, at + 3)] : [0, 0, 0];
    }),
  );
  const lines = frame.slice(top, top + 32).map((line) => line.slice(left, left + 32));
  return lines.flatMap((line) => (isFlipped ? line.reverse() : line)).flatMap((pixel) => pixel.map(normalised));
}

const every = [0, 1, 2, 3, 4].flatMap((top) =>
  [0, 1, 2, 3, 4].flatMap((left) => [false, true].map((isFlipped) => ({top, left, isFlipped}))),
);

/** Which of the fifty changes the image is; undefined: none of them. */
function changeOf(row: number, image: ArrayLike<number>): (typeof every)[number] | undefined {
  return every.find(({top, left, isFlipped}) =>
    cutOut(row, top, left, isFlipped).every((value, i) => Math.abs(image[i]! - value) < 1e-6),
  );
}

describe('makeBatch', () => {
  test('without a key normalises the rows as they are', () => {
    const {inputs, targets} = makeBatch(examples, Uint32Array.of(3, 0), undefined);
    expect(inputs).toMatchObject({shape: [2, 32, 32, 3], dtype: 'float32'});
    expect([...targets!.data]).toEqual([9, 4]);
    const expected = [...cutOut(3, 2, 2, false), ...cutOut(0, 2, 2, false)];
    expect(expected.every((value, i) => Math.abs(inputs!.data[i]! - value) < 1e-6)).toBe(true);
  });

  test('with a key cuts each image out of its frame, anywhere, mirrored or not', () => {
    const seen: (typeof every)[number][] = [];
    for (let n = 0; n < 12; n++) {
      const {inputs} = makeBatch(examples, Uint32Array.of(0, 1, 2, 3, 4, 5), foldIn([0, 1], n));
      for (let row = 0; row < COUNT; row++) {
        const change = changeOf(row, inputs!.data.subarray(row * 3072, (row + 1) * 3072));
        expect(change).toBeDefined();
        seen.push(change!);
      }
    }
    expect(new Set(seen.map(({top}) => top))).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(new Set(seen.map(({left}) => left))).toEqual(new Set([0, 1, 2, 3, 4]));
    const flipped = seen.filter(({isFlipped}) => isFlipped).length;
    expect(Math.abs(flipped / seen.length - 0.5)).toBeLessThan(0.2);
  });

  test('is a function of its key', () => {
    const images = (key: Key) => makeBatch(examples, Uint32Array.of(0, 1, 2), key).inputs!.data;
    expect(images([3, 4])).toEqual(images([3, 4]));
    expect(images([3, 4])).not.toEqual(images([3, 5]));
  });

  test('batches of a seed are the same whether the queue continues or begins at their place', () => {
    const options = {source: arraySource(examples, makeBatch), batchSize: 2, key: [0, 9] as const};
    const whole = createInputQueue(options);
    const batches = Array.from({length: 7}, () => whole.next());
    const later = createInputQueue({...options, position: 5});
    expect(later.next()).toEqual(batches[5]);
    expect(later.next()).toEqual(batches[6]);
  });
});
