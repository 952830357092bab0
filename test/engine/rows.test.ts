import {expect, test} from 'vitest';
import type {NdArray} from '../../src/contract/index.js';
import {rowTaker} from '../../src/engine/index.js';
import {unreadRowsOf} from '../../src/engine/rows.js';

const source: NdArray = {shape: [4, 2], dtype: 'int32', data: Int32Array.of(0, 1, 10, 11, 20, 21, 30, 31)};

test('rows are copied when their data is asked for, once, and each array has its own', () => {
  const take = rowTaker(source, 2);
  const first = take(Uint32Array.of(3, 1));
  const second = take(Uint32Array.of(0, 0));
  expect(first).toMatchObject({shape: [2, 2], dtype: 'int32'});
  expect([...first.data]).toEqual([30, 31, 10, 11]);
  first.data[0] = 5;
  expect(first.data[0]).toBe(5);
  expect([...second.data]).toEqual([0, 1, 0, 1]);
  expect([...source.data]).toEqual([0, 1, 10, 11, 20, 21, 30, 31]);
});

test('where they come from is known until then', () => {
  const rows = Uint32Array.of(3, 1);
  const array = rowTaker(source, 2)(rows);
  expect(unreadRowsOf(array)).toMatchObject({source, rows});
  expect(unreadRowsOf({...array})).toBeUndefined();
  expect(unreadRowsOf(array)).toBeUndefined();
});
