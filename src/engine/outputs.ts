import type {EntryResult, NdArray, Outputs} from '../contract/index.js';
import {UserError} from '../errors.js';

/**
 * A call's outputs, looked up when they are asked for.
 * @param values - gives them by name; it may do work that was put off
 */
export function outputsOf(values: () => ReadonlyMap<string, NdArray>): Outputs {
  const array = (name: string): NdArray => {
    const all = values();
    const value = all.get(name);
    if (!value) throw new Error(`there is no output '${name}', only ${[...all.keys()].join(', ')}`);
    return value;
  };
  return {
    array,
    number(name) {
      const {data, shape} = array(name);
      if (data.length !== 1) throw new Error(`output '${name}' is no scalar: its shape is [${shape.join(', ')}]`);
      return data[0]!;
    },
  };
}

/** What an entry gave. @throws UserError if that is a promise: the entry is an async function */
export function requireAtOnce(result: EntryResult): EntryResult {
  if (!(result instanceof Promise)) return result;
  // What becomes of it is of no interest any more, and must not end the process.
  result.catch(() => {});
  throw new UserError(
    'an entry is an async function, but its operations are one step: it must return state and outputs at once',
  );
}
