import {type EntryResult, formOf, type NdArray, type Tensor} from '../contract/index.js';
import {UserError} from '../errors.js';
import {tf} from './tf.js';

/** What an entry gave. @throws UserError if that is a promise, as of an async function, or lacks the state or the outputs */
export function requireResult(result: EntryResult): EntryResult {
  if (result instanceof Promise) {
    // What becomes of it is of no interest any more, and must not end the process.
    result.catch(() => {});
    throw new UserError(
      'an entry is an async function, but its operations are one step: it must return state and outputs at once',
    );
  }
  for (const part of ['state', 'outputs'] as const) {
    const found = (result as Partial<EntryResult> | undefined)?.[part];
    if (typeof found !== 'object' || found === null)
      throw new UserError(`an entry must return {state, outputs}; it gives ${part} as ${found}`);
  }
  return result;
}

/**
 * A leaf of the state that an entry gave.
 * @param form - what it was before
 * @throws UserError if it is no tensor, or one of another form
 */
export function requireLeaf(
  value: unknown,
  form: Pick<NdArray, 'shape'> & {readonly dtype: string},
  path: string,
): Tensor {
  const tensor = requireTensor(value, `'${path}' of the state`);
  if (tensor.dtype === form.dtype && haveSameShape(tensor.shape, form.shape)) return tensor;
  throw new UserError(`an entry gives '${path}' as ${formOf(tensor)}; it is ${formOf(form)}`);
}

/** @throws UserError if what an entry gave is no tensor */
export function requireTensor(value: unknown, what: string): Tensor {
  if (value instanceof tf.Tensor) return value as Tensor;
  throw new UserError(`an entry gives ${what} as ${typeof value}; it has to be a tensor`);
}

function haveSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}
