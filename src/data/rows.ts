import type {Rows} from '../contract/index.js';

/** Numbers past this one need a Float64Array. */
const UINT32_NUMBERS = 2 ** 32;

/** Memory for `count` numbers of examples of a source of `size` examples. */
export function emptyRows(size: number, count: number): Rows {
  return size <= UINT32_NUMBERS ? new Uint32Array(count) : new Float64Array(count);
}

/** Numbers of examples of a source of `size` examples, as `Source.read` takes them. */
export function rowsOf(size: number, numbers: ArrayLike<number>): Rows {
  const rows = emptyRows(size, numbers.length);
  rows.set(numbers);
  return rows;
}
