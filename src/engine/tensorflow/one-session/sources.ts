import type {ExampleField} from '../../../contract/index.js';
import type {GraphFunctions} from '../binding.js';
import {dataTypes} from '../graph-def.js';

/** Arrays that graphs pick rows of, as tensors: made once, of the array's own memory where that is aligned. */
export type Sources = (source: ExampleField) => object;

export function createSources(functions: GraphFunctions): Sources {
  // An array lives as long as its tensor does: it is the key.
  const tensors = new Map<ExampleField, object>();
  return (source) => {
    const known = tensors.get(source);
    if (known) return known;
    const {dtype, shape, data} = source;
    const tensor = functions.createSource(dataTypes[dtype], shape, data);
    tensors.set(source, tensor);
    return tensor;
  };
}
