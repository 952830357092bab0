import type {ExampleField} from '../../../contract/index.js';
import type {Binding} from '../binding.js';
import {dataTypes} from '../graph-def.js';

/** Arrays that graphs pick rows of, as tensors: made once, of the array's own memory where that is aligned. */
export interface Sources {
  /** The id of the tensor, which stays this object's. */
  idOf(source: ExampleField): number;
  dispose(): void;
}

export function createSources(binding: Binding): Sources {
  const ids = new Map<ExampleField, number>();
  return {
    idOf(source) {
      const known = ids.get(source);
      if (known !== undefined) return known;
      const id = binding.createTensor(source.shape, dataTypes[source.dtype], source.data);
      ids.set(source, id);
      return id;
    },
    dispose() {
      for (const id of ids.values()) binding.deleteTensor(id);
      ids.clear();
    },
  };
}
