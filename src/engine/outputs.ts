import type {NdArray, Outputs} from '../contract/index.js';

/**
 * A call's outputs, looked up when they are asked for.
 * @param values - gives them by name; it may run calls that were deferred
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
    arrays: () => Object.fromEntries(values()),
    number(name) {
      const {data, shape} = array(name);
      if (data.length !== 1) throw new Error(`output '${name}' is not a scalar: its shape is [${shape.join(', ')}]`);
      return data[0]!;
    },
  };
}
