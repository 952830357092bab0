import {describe, expect, test} from 'vitest';
import type {NdArray} from '../../src/contract/index.js';
import {arraySource, type Examples} from '../../src/data/index.js';
import {UserError} from '../../src/support/index.js';

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

  test.each<[string, unknown, string]>([
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
      "field 'x' has 5 values; its shape [2, 3] is for 6",
    ],
    [
      'bytes without a scaling',
      {pixels: {shape: [10, 1], dtype: 'uint8', data: new Uint8Array(10)}},
      "field 'pixels' has bytes: it needs a `scaling`, or the source a makeBatch",
    ],
    ['nothing', undefined, 'examples have to be an object of fields, each {shape, dtype, data}; found undefined'],
    ['a field that is none', {x: Int32Array.of(1)}, "field 'x' is of dtype undefined; allowed: float32"],
    ['a field without anything', {x: null}, "field 'x' has to be {shape, dtype, data}; found null"],
    [
      'another dtype',
      {x: {shape: [2], dtype: 'float64', data: new Float64Array(2)}},
      `field 'x' is of dtype "float64"; allowed: float32 (a Float32Array), int32 (an Int32Array), bool (a Uint8Array), uint8 (a Uint8Array)`,
    ],
    [
      'floats as whole numbers',
      {x: {shape: [2], dtype: 'int32', data: new Float32Array(2)}},
      "field 'x' is int32, so its data has to be in an Int32Array; found a Float32Array",
    ],
    [
      'a plain list',
      {x: {shape: [2], dtype: 'float32', data: [1, 2]}},
      "field 'x' is float32, so its data has to be in a Float32Array; found a list",
    ],
    [
      'floats as bytes',
      {x: {shape: [2], dtype: 'uint8', data: new Float32Array(2), scaling: {scale: 1, offset: 0}}},
      "field 'x' is uint8, so its data has to be in a Uint8Array; found a Float32Array",
    ],
    [
      'a shape of parts',
      {x: {shape: [2, 0.5], dtype: 'int32', data: new Int32Array(1)}},
      "field 'x' has the shape [2, 0.5]; it has to be a list of whole numbers from 0 on",
    ],
    [
      'a scaling of whole numbers',
      {x: {shape: [1], dtype: 'int32', data: new Int32Array(1), scaling: {scale: 2, offset: 0}}},
      "field 'x' is int32: a `scaling` is for bytes, of dtype uint8, alone",
    ],
  ])('refuses %s', (_, wrong, message) => {
    const make = () => arraySource(wrong as Examples);
    expect(make).toThrow(UserError);
    expect(make).toThrow(message);
  });

  test('checks the data also where a function of its own makes batches', () => {
    const x = {shape: [2], dtype: 'int32', data: new Float32Array(2)} as const;
    expect(() => arraySource({x}, () => ({}))).toThrow("field 'x' is int32, so its data has to be in an Int32Array");
  });
});
