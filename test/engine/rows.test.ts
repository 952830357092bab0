import {describe, expect, test} from 'vitest';
import type {Entry, ExampleField, NdArray} from '../../src/contract/index.js';
import {compile, openEngine, rowTaker} from '../../src/engine/index.js';
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
  expect(Reflect.ownKeys(array)).toEqual(['shape', 'dtype', 'data']);
  expect(unreadRowsOf({...array})).toBeUndefined();
  expect(unreadRowsOf(array)).toBeUndefined();
});

describe('bytes', () => {
  const bytes: ExampleField = {
    shape: [256, 1, 3],
    dtype: 'uint8',
    data: Uint8Array.from({length: 768}, (_, i) => (i * 7) % 256),
    scaling: {scale: 1 / 77, offset: -0.3},
  };
  const rows = Uint32Array.from({length: 256}, (_, i) => (i * 5) % 256);
  /** As float32 arithmetic on an array of the whole, one operation after the other. */
  const scaled = Array.from(rows).flatMap((row) =>
    Array.from(bytes.data.subarray(3 * row, 3 * row + 3), (byte) =>
      Math.fround(Math.fround(byte * Math.fround(1 / 77)) + Math.fround(-0.3)),
    ),
  );

  test('are scaled when their data is asked for', () => {
    const array = rowTaker(bytes, 256)(rows);
    expect(array).toMatchObject({shape: [256, 1, 3], dtype: 'float32'});
    expect([...array.data]).toEqual(scaled);
  });

  test.each(['wasm', 'cpu'])('reach a program on %s scaled', async (backend) => {
    await openEngine(backend);
    const look: Entry = (state, {x}) => ({state, outputs: {x}});
    const program = compile({params: {}, modelState: {}, optimizer: {}}, {look});
    const array = rowTaker(bytes, 256)(rows);
    const {shape, dtype, data} = program.run('look', {x: array}).array('x');
    expect({shape, dtype, data: [...data]}).toEqual({shape: [256, 1, 3], dtype: 'float32', data: scaled});
    // The rows go straight to wasm's memory: the values have not been read.
    expect(unreadRowsOf(array) !== undefined).toBe(backend === 'wasm');
    program.dispose();
  });
});
