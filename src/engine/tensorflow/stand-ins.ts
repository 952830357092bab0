import {sizeOf} from '../../contract/index.js';
import {attributeKinds, type Binding, type TensorInfo} from './binding.js';
import {dataTypes} from './graph-def.js';

/** Smaller results are kept as they are. */
const LEAST_VALUES = 65_536;

/** Tensors in place of a recorded call's large results. */
export interface StandIns {
  /** Gives a tensor of the same form, and deletes the result if that is another one. */
  replace(result: TensorInfo): TensorInfo;
  dispose(): void;
}

/**
 * Only the shapes of what a recorded call computes matter. Large results of one shape therefore share the memory of the first of
 * them: a call holds all that it makes until its end, which for a conv net would be more than the graph ever needs. Only float32:
 * other numbers may be indices, which an operation checks.
 */
export function createStandIns(binding: Binding): StandIns {
  const {float32} = dataTypes;
  const first = new Map<string, number>();
  const shared = (id: number): TensorInfo =>
    binding.executeOp('Identity', [{name: 'T', type: attributeKinds.type, value: float32}], [id], 1)[0]!;
  return {
    replace(result) {
      const {id, dtype, shape} = result;
      if (dtype !== float32 || sizeOf(shape) < LEAST_VALUES) return result;
      const standIn = first.get(String(shape));
      if (standIn === undefined) {
        first.set(String(shape), shared(id).id);
        return result;
      }
      binding.deleteTensor(id);
      return shared(standIn);
    },
    dispose() {
      for (const id of first.values()) binding.deleteTensor(id);
    },
  };
}
