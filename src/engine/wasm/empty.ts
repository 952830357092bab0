import {type DType, sizeOf} from '../../contract/index.js';
import {tf} from '../tf.js';
import {replaceKernel} from './registry.js';
import type {KernelCall, TensorInfo} from './types.js';

/**
 * tfjs-backend-wasm 4.22 gives memory as it finds it where there is nothing to sum up. Here a sum of nothing is 0, and a mean NaN. To be
 * called after these kernels were replaced by others.
 */
export function replaceKernelsOfNothing(): void {
  for (const [name, value] of Object.entries({Sum: 0, Mean: Number.NaN}))
    replaceKernel(name, (shipped) => (call) => {
      const {x} = call.inputs as {x: TensorInfo};
      const dtype = name === 'Sum' ? (x.dtype as DType) : 'float32';
      return sizeOf(x.shape) === 0 ? filled(call, {shape: reducedShape(call, x), dtype}, value) : shipped!(call);
    });
  replaceKernel('BatchMatMul', (shipped) => (call) => {
    const {a, b} = call.inputs as {a: TensorInfo; b: TensorInfo};
    const isEmpty = sizeOf(a.shape) === 0 || sizeOf(b.shape) === 0;
    return isEmpty ? filled(call, {shape: productShape(call, a, b), dtype: 'float32'}, 0) : shipped!(call);
  });
}

interface Form {
  readonly shape: number[];
  readonly dtype: DType;
}

function filled({backend}: KernelCall, {shape, dtype}: Form, value: number): TensorInfo {
  const result = backend.makeOutput(shape, dtype);
  backend.typedArrayFromHeap(result).fill(value);
  return result;
}

function reducedShape({attrs}: KernelCall, {shape}: TensorInfo): number[] {
  const axes = tf.util.parseAxisParam((attrs.axis ?? shape.map((_, i) => i)) as number[], [...shape]);
  const [reduced] = tf.backend_util.computeOutAndReduceShapes([...shape], axes);
  return attrs.keepDims ? tf.backend_util.expandShapeToKeepDim(reduced, axes) : reduced;
}

function productShape({attrs}: KernelCall, a: TensorInfo, b: TensorInfo): number[] {
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return [...batch, a.shape.at(attrs.transposeA ? -1 : -2)!, b.shape.at(attrs.transposeB ? -2 : -1)!];
}
