import {sizeOf} from '../../contract/index.js';
import {heapView, replaceKernel} from './registry.js';
import type {KernelCall, TensorInfo} from './types.js';

/** tfjs-backend-wasm 4.22 has no sum by segments, of which the gradient of `gather` (an embedding's) is made. */
export function addSegmentSum(): void {
  replaceKernel('UnsortedSegmentSum', () => segmentSum);
}

/** Row `i` of `x` is added to row `segmentIds[i]` of the result; ids outside of [0, numSegments) count nowhere. */
function segmentSum({inputs, attrs, backend}: KernelCall): TensorInfo {
  const {x, segmentIds} = inputs as {x: TensorInfo; segmentIds: TensorInfo};
  const numSegments: number = attrs.numSegments;
  const rowShape = x.shape.slice(segmentIds.shape.length);
  const sums = backend.makeOutput([numSegments, ...rowShape], x.dtype as 'float32' | 'int32');
  const [from, ids, to] = [heapView(backend, x), heapView(backend, segmentIds), heapView(backend, sums)];
  const rowSize = sizeOf(rowShape);
  to.fill(0);
  for (let row = 0; row < ids.length; row++) {
    const segment = ids[row]!;
    if (segment < 0 || segment >= numSegments) continue;
    const [target, source] = [segment * rowSize, row * rowSize];
    for (let i = 0; i < rowSize; i++) to[target + i]! += from[source + i]!;
  }
  return sums;
}
