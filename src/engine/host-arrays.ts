import type {ExampleField, NdArray} from '../contract/index.js';
import {describeValue, SubmissionError} from '../support/index.js';

/** The values of each type on the host. */
const ARRAYS = {float32: Float32Array, int32: Int32Array, bool: Uint8Array} as const;

/** The values of each type that examples in memory may have. */
const FIELD_ARRAYS = {...ARRAYS, uint8: Uint8Array} as const;

/** The typed array of each type. */
interface Arrays {
  readonly [dtype: string]: (typeof ARRAYS)[keyof typeof ARRAYS];
}

type Form = Pick<ExampleField, 'shape' | 'dtype'>;

/** What is wrong with an array's dtype or shape, or undefined. Its data is not looked at. */
export function formProblem(array: Form, what: string): string | undefined {
  return problemOfForm(array, what, ARRAYS);
}

function problemOfForm({shape, dtype}: Form, what: string, arrays: Arrays): string | undefined {
  if (!Object.hasOwn(arrays, dtype)) {
    const allowed = Object.entries(arrays).map(([name, {name: array}]) => `${name} (${withArticle(array)})`);
    return `${what} is of dtype ${describeValue(dtype)}; allowed: ${allowed.join(', ')}`;
  }
  if (Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return undefined;
  const found = Array.isArray(shape) ? `[${shape.join(', ')}]` : describeValue(shape);
  return `${what} has the shape ${found}; it has to be a list of whole numbers from 0 on`;
}

function withArticle(array: string): string {
  return `${array.startsWith('I') ? 'an' : 'a'} ${array}`;
}

function requireFormOf(array: Form, what: string, arrays: Arrays): void {
  const problem = problemOfForm(array, what, arrays);
  if (problem) throw new SubmissionError(problem);
}

/**
 * An array's values.
 * @throws SubmissionError naming the array, if they are not in a typed array of its dtype, or not as many as its shape says
 */
export function requireValues(array: NdArray, what: string): NdArray['data'] {
  return valuesOf(array, what, ARRAYS);
}

/** The same of examples in memory, which may be bytes. */
export function requireFieldValues(field: ExampleField, what: string): NdArray['data'] {
  return valuesOf(field, what, FIELD_ARRAYS);
}

function valuesOf(array: ExampleField, what: string, arrays: Arrays): NdArray['data'] {
  requireFormOf(array, what, arrays);
  const problem = problemOfData(array, what, arrays);
  if (problem) throw new SubmissionError(problem);
  return array.data;
}

/** Of an array of right form. */
function problemOfData({shape, dtype, data}: ExampleField, what: string, arrays: Arrays): string | undefined {
  const allowed = arrays[dtype]!;
  if (!(data instanceof allowed))
    return `${what} is ${dtype}, so its data has to be in ${withArticle(allowed.name)}; found ${describeValue(data)}`;
  let size = 1;
  for (const dimension of shape) size *= dimension;
  if (data.length === size) return undefined;
  return `${what} has ${data.length} values; its shape [${shape.join(', ')}] is for ${size}`;
}

/** What is wrong with an array, or undefined. Data that is computed when it is asked for is not looked at. */
export function arrayProblem(array: NdArray, what: string): string | undefined {
  return formProblem(array, what) ?? (isComputed(array) ? undefined : problemOfData(array, what, ARRAYS));
}

/** Whether an array's data is computed when it is asked for. */
export function isComputed(array: NdArray): boolean {
  return !Object.hasOwn(Object.getOwnPropertyDescriptor(array, 'data') ?? {}, 'value');
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
  requireFormOf(array, what, ARRAYS);
  if (!isComputed(array)) {
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
