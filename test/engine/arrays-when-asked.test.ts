import {expect, test} from 'vitest';
import type {NdArray} from '../../src/contract/index.js';
import {arraysWhenAsked} from '../../src/engine/tensorflow/arrays-when-asked.js';

test('arrays are copied when they are asked for, neighbours at once, others let go of', () => {
  const forms = [2, 1, 5, 1, 1, 1].map((length) => ({shape: [length], dtype: 'float32'}) as const);
  const reads: number[][] = [];
  const read = (numbers: readonly number[]): NdArray[] => {
    reads.push([...numbers]);
    return numbers.map((number) => ({...forms[number]!, data: new Float32Array(forms[number]!.shape[0]).fill(number)}));
  };
  const arrays = arraysWhenAsked(forms, read, 12);
  expect(reads).toEqual([]);
  expect(arrays.map(({data}) => data[0])).toEqual([0, 1, 2, 3, 4, 5]);
  expect(reads).toEqual([[0, 1], [2], [3, 4, 5]]);
  expect(arrays.map(({shape}) => shape)).toEqual(forms.map(({shape}) => shape));
  expect([arrays[4]!.data, arrays[0]!.data].map(({length}) => length)).toEqual([1, 2]);
  expect(reads.slice(3)).toEqual([[0, 1]]);
});
