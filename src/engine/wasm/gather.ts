import {sizeOf, type Tensor} from '../../contract/index.js';
import {asBatches, asOneTable, type BatchesOfRows, batchesOfRows} from '../batches-of-rows.js';
import {wrapKernel} from '../kernel-registry.js';
import {tf} from '../tf.js';

/**
 * Replaces `gather` with `batchDims`: the kernel of tfjs-backend-wasm 4.22 takes other rows than those that are named, unless each batch
 * names as many as there are batches.
 */
export function replaceGather(): void {
  wrapKernel('GatherV2', 'wasm', (shipped) => (call) => {
    const {axis, batchDims} = call.attrs as unknown as {axis: number; batchDims: number};
    const {x, indices} = call.inputs as {x: Tensor; indices: Tensor};
    return batchDims === 0 ? shipped(call) : tf.tidy(() => gatherOfBatches(x, indices, {axis, batchDims}));
  });
}

function gatherOfBatches(x: Tensor, indices: Tensor, attributes: {axis: number; batchDims: number}): Tensor {
  const {axis, batchDims} = attributes;
  const batches = batchesOfRows(x.shape, attributes);
  const numbers = indices.shape.slice(batchDims);
  const taken = tf.gather(asOneTable(x, batches), rowsInOneTable(indices, sizeOf(numbers), batches));
  const sorted = asBatches(taken, {...batches, rows: sizeOf(numbers)});
  return tf.reshape(sorted, [...x.shape.slice(0, axis), ...numbers, ...x.shape.slice(axis + 1)]);
}

/** @param taken - of each batch */
function rowsInOneTable(indices: Tensor, taken: number, {rows}: BatchesOfRows): Int32Array {
  return (indices.dataSync() as Int32Array).map((row, i) => {
    if (row < 0 || row >= rows) throw new RangeError(`GatherV2: the index value ${row} is not in [0, ${rows - 1}]`);
    return Math.floor(i / taken) * rows + row;
  });
}
