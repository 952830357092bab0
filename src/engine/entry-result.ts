import {
  type EntryResult,
  formOf,
  type HostInput,
  type NdArray,
  StructureError,
  type Tensor,
  type Tree,
  zipTrees,
} from '../contract/index.js';
import {describeValue, SubmissionError} from '../support/index.js';
import {requireValues} from './host-arrays.js';
import {unreadRowsOf} from './rows.js';
import {tf} from './tf.js';

/**
 * What an entry gave.
 * @param entry - its name
 * @throws SubmissionError if that is a promise, as of an async function, or lacks the state or the outputs
 */
export function requireResult(result: EntryResult, entry: string): EntryResult {
  if (result instanceof Promise) {
    // Its outcome is ignored and must not end the process.
    result.catch(() => {});
    throw new SubmissionError(
      `entry '${entry}' is an async function, but its operations are one step: it must return state and outputs at once`,
    );
  }
  for (const part of ['state', 'outputs'] as const) {
    const given: unknown = (result as Partial<EntryResult> | undefined | null)?.[part];
    if (typeof given !== 'object' || given === null)
      throw new SubmissionError(
        `entry '${entry}' must return {state, outputs}; it gives ${part} as ${describeValue(given)}`,
      );
  }
  return result;
}

/**
 * Walks the state that an entry gave beside a tree of the structure of the one that it got.
 * @throws SubmissionError naming what is missing or unexpected
 */
export function zipState<A>(
  before: Tree<A>,
  {state}: EntryResult,
  entry: string,
  visit: (before: A, after: Tensor, path: string) => void,
): void {
  try {
    zipTrees<A, Tensor, void>(before, state as unknown as Tree<Tensor>, visit);
  } catch (error) {
    if (!(error instanceof StructureError)) throw error;
    throw new SubmissionError(`entry '${entry}' gives another state than it got: ${error.message}`);
  }
}

/** The required form of a leaf of the state. */
export interface StateLeaf {
  readonly entry: string;
  readonly path: string;
  /** Its previous form. */
  readonly form: Pick<NdArray, 'shape'> & {readonly dtype: string};
}

/**
 * A leaf of the state that an entry gave.
 * @throws SubmissionError if it is not a tensor, or one of another form
 */
export function requireLeaf(value: unknown, {entry, path, form}: StateLeaf): Tensor {
  const what = `'${path}' of the state`;
  if (!(value instanceof tf.Tensor)) throw noTensor(value, entry, what);
  requireUndisposed(value, entry, what);
  if (value.dtype === form.dtype && haveSameShape(value.shape, form.shape)) return value as Tensor;
  throw new SubmissionError(`entry '${entry}' gives '${path}' as ${formOf(value)}; it is ${formOf(form)}`);
}

/** @throws SubmissionError if what an entry gave is not a tensor */
export function requireOutput(value: unknown, entry: string, name: string): Tensor {
  if (!(value instanceof tf.Tensor)) throw noTensor(value, entry, `output '${name}'`);
  requireUndisposed(value, entry, `output '${name}'`);
  return value as Tensor;
}

function requireUndisposed({isDisposed}: {readonly isDisposed: boolean}, entry: string, what: string): void {
  if (isDisposed)
    throw new SubmissionError(
      `entry '${entry}' gives ${what}, but has disposed of it; the engine frees tensors, an entry none`,
    );
}

function noTensor(value: unknown, entry: string, what: string): SubmissionError {
  return new SubmissionError(`entry '${entry}' gives ${what} as ${describeValue(value)}; it has to be a tensor`);
}

function haveSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}

/** Words of a key have 32 bits. */
const isKeyWord = (word: unknown): boolean =>
  Number.isSafeInteger(word) && (word as number) >= -(2 ** 31) && (word as number) < 2 ** 32;

/** Whether an input is an array: it has `data`. @throws SubmissionError if it is neither that, with a right form, nor a key */
export function isArrayInput(input: Exclude<HostInput, number>, path: string): input is NdArray {
  if (typeof input === 'object' && input !== null) {
    // Not `instanceof`, which asks for the data.
    if ('data' in input && !('dataSync' in input)) {
      // Rows that have not been read are copied when their values are asked for.
      if (!unreadRowsOf(input)) requireValues(input, `input '${path}'`);
      return true;
    }
    if (Array.isArray(input) && input.length === 2 && isKeyWord(input[0]) && isKeyWord(input[1])) return false;
  }
  throw new SubmissionError(
    `input '${path}' must be a number, an array {shape, dtype, data} or a key, which is two whole numbers of 32 bits; found ${describeValue(input)}`,
  );
}
