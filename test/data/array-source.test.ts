import {describe, expect, test} from 'vitest';
import type {NdArray} from '../../src/contract/index.js';
import {arraySource, type Examples} from '../../src/data/index.js';

const examples: Examples = {
  pixels: {shape: [3, 2], dtype: 'uint8', data: Uint8Array.of(0, 1, 2, 3, 4, 5), scaling: {scale: 0.5, offset: 1}},
  targets: {shape: [3], dtype: 'int32', data: Int32Array.of(7, 8, 9)},
};

describe('arraySource', () => {
  test('gives rows in any order, bytes scaled', () => {
    const source = arraySource(examples);
    const {pixels, targets} = source.read(Uint32Array.of(2, 0, 2));
    expect(pixels).toMatchObject({shape: [3, 2], dtype: 'float32'});
    expect([...pixels!.data]).toEqual([3, 3.5, 1, 1.5, 3, 3.5]);
    expect([...targets!.data]).toEqual([9, 7, 9]);
    expect(source.size).toBe(3);
    expect([...source.read(Float64Array.of(1)).targets!.data]).toEqual([8]);
  });

  test('batches of several sizes do not disturb each other', () => {
    const source = arraySource(examples);
    const [one, two] = [source.read(Uint32Array.of(0)), source.read(Uint32Array.of(1, 2))];
    expect([...one.targets!.data, ...two.targets!.data]).toEqual([7, 8, 9]);
  });

  test('makes batches by a function of its own, with the key and the memory to use again', () => {
    const calls: unknown[] = [];
    const made = {x: {shape: [1], dtype: 'int32', data: Int32Array.of(1)} as NdArray};
    const source = arraySource({bytes: {...examples.pixels!, dtype: 'uint8'}}, (...words) => {
      calls.push(words);
      return made;
    });
    const rows = Uint32Array.of(1);
    expect(source.read(rows, [0, 5], made)).toBe(made);
    expect(calls).toEqual([[source.examples, rows, [0, 5], made]]);
  });

  test.each<[string, Examples, string]>([
    ['no field', {}, 'examples must have a field with at least one example'],
    [
      'no example',
      {x: {shape: [0], dtype: 'int32', data: new Int32Array()}},
      'examples must have a field with at least one example',
    ],
    [
      'another number of examples',
      {...examples, weights: {shape: [2], dtype: 'float32', data: new Float32Array(2)}},
      "field 'weights' must have 3 examples, as 'pixels' has; got 2",
    ],
    [
      'too few values',
      {x: {shape: [2, 3], dtype: 'float32', data: new Float32Array(5)}},
      "field 'x' must have 6 values, as its shape says; got 5",
    ],
    [
      'bytes without a scaling',
      {pixels: {shape: [10, 1], dtype: 'uint8', data: new Uint8Array(10)}},
      "field 'pixels' has bytes: it needs a `scaling`, or the source a makeBatch",
    ],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => arraySource(wrong)).toThrow(new RangeError(message));
  });
});
