import type {NdArray} from '../contract/index.js';
import {describeValue, SubmissionError} from '../support/index.js';

/** The values of each type on the host. */
const ARRAYS = {float32: Float32Array, int32: Int32Array, bool: Uint8Array} as const;

/** @throws SubmissionError naming the array, if its dtype or its shape is none that the engine has */
export function requireForm({shape, dtype}: NdArray, what: string): void {
  if (!Object.hasOwn(ARRAYS, dtype))
    throw new SubmissionError(
      `${what} is of dtype ${describeValue(dtype)}; allowed: float32 (a Float32Array), int32 (an Int32Array), bool (a Uint8Array)`,
    );
  if (!(Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0)))
    throw new SubmissionError(
      `${what} has the shape ${Array.isArray(shape) ? `[${shape.join(', ')}]` : describeValue(shape)}; it has to be a list of whole numbers from 0 on`,
    );
}

/**
 * An array's values.
 * @throws SubmissionError naming the array, if they are not in a typed array of its dtype, or not as many as its shape says
 */
export function requireValues(array: NdArray, what: string): NdArray['data'] {
  const {shape, dtype} = array;
  requireForm(array, what);
  const {data} = array;
  if (!(data instanceof ARRAYS[dtype]))
    throw new SubmissionError(
      `${what} is ${dtype}, so its data has to be in ${dtype === 'int32' ? 'an' : 'a'} ${ARRAYS[dtype].name}; found ${describeValue(data)}`,
    );
  let size = 1;
  for (const dimension of shape) size *= dimension;
  if (data.length !== size)
    throw new SubmissionError(`${what} has ${data.length} values; its shape [${shape.join(', ')}] is for ${size}`);
  return data;
}

/**
 * A leaf of a state from the host. Where its data is computed when it is asked for, its values are checked then.
 * @throws SubmissionError naming the leaf, if it is not an array of right form and values
 */
export function requireStateArray(given: unknown, path: string): NdArray {
  if (path === '' && !(typeof given === 'object' && given !== null))
    throw new SubmissionError(
      `the state has to be {params, modelState, optimizer}, trees of arrays; found ${describeValue(given)}`,
    );
  const what = `'${path}' of the state`;
  if (typeof given !== 'object' || given === null || !('data' in given))
    throw new SubmissionError(`${what} has to be an array {shape, dtype, data}; found ${describeValue(given)}`);
  const array = given as NdArray;
  requireForm(array, what);
  const isComputed = !Object.hasOwn(Object.getOwnPropertyDescriptor(array, 'data') ?? {}, 'value');
  if (!isComputed) {
    requireValues(array, what);
    return array;
  }
  return {
    shape: array.shape,
    dtype: array.dtype,
    get data() {
      return requireValues(array, what);
    },
  };
}
