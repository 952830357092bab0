import {sizeOf, type Tensor} from '../../contract/index.js';
import {tf} from '../tf.js';
import {replaceKernel} from './registry.js';
import type {KernelCall} from './types.js';

/** Kernels of tfjs-backend-wasm 4.22 that read or write whatever memory lies where a tensor has no such place, and how they are asked. */
const unbounded: {readonly [kernel: string]: (call: KernelCall) => void} = {
  CropAndResize: ({inputs}) => requirePlaces('CropAndResize', inputs.boxInd as Tensor, [inputs.image.shape[0]], 1),
  GatherNd: ({inputs}) => requirePlaces('GatherNd', inputs.indices as Tensor, inputs.params.shape),
  ScatterNd: ({inputs, attrs}) => requirePlaces('ScatterNd', inputs.indices as Tensor, attrs.shape),
  Slice({inputs: {x}, attrs}) {
    const [begin, size] = tf.slice_util.parseSliceParams(x as Tensor, attrs.begin, attrs.size);
    tf.slice_util.assertParamsValid(x as Tensor, begin!, size!);
  },
  SparseToDense({inputs, attrs}) {
    const indices = inputs.sparseIndices as Tensor;
    requirePlaces('SparseToDense', indices, attrs.outputShape, indices.rank < 2 ? 1 : indices.shape[1]);
  },
  TensorScatterUpdate: ({inputs}) =>
    requirePlaces('TensorScatterUpdate', inputs.indices as Tensor, inputs.tensor.shape),
};

/** Refuses what lies outside of tensors. */
export function requireBounds(): void {
  for (const [name, check] of Object.entries(unbounded))
    replaceKernel(name, (shipped) => (call) => {
      check(call);
      return shipped!(call);
    });
}

/** @param depth - how many numbers name a place, of the first dimensions of `shape`; default the last dimension of `indices` */
function requirePlaces(kernel: string, indices: Tensor, shape: readonly number[], depth = indices.shape.at(-1)!): void {
  if (sizeOf(indices.shape) === 0) return;
  const values = indices.dataSync();
  for (let i = 0; i < values.length; i++)
    if (!(values[i]! >= 0 && values[i]! < shape[i % depth]!))
      throw new RangeError(
        `${kernel}: the index value ${values[i]} is not in [0, ${shape[i % depth]! - 1}], dimension ${i % depth} of [${shape.join(', ')}]`,
      );
}
