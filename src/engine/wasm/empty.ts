import {type DType, sizeOf} from '../../contract/index.js';
import {tf} from '../tf.js';
import {replaceKernel} from './registry.js';
import type {KernelCall, TensorInfo} from './types.js';

/** What each reduction gives of nothing, by the dtype of its input. */
const ofNothing: {readonly [kernel: string]: (dtype: DType) => number} = {
  Sum: () => 0,
  Prod: () => 1,
  Mean: () => Number.NaN,
  Max: (dtype) => (dtype === 'float32' ? -Infinity : -(2 ** 31)),
  Min: (dtype) => (dtype === 'float32' ? Infinity : 2 ** 31 - 1),
  Any: () => 0,
  All: () => 1,
};

/** The results' shapes of kernels that divide by 0 where there are no values, or give another shape. */
const moved: {readonly [kernel: string]: (call: KernelCall) => number[]} = {
  ArgMax: (call) => reducedShape(call, call.inputs.x),
  Cumprod: ({inputs}) => inputs.x.shape,
  Cumsum: ({inputs}) => inputs.x.shape,
  GatherV2: ({inputs, attrs}) => {
    const {x, indices} = inputs;
    const [axis] = tf.util.parseAxisParam(attrs.axis, x.shape);
    return tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis!, attrs.batchDims).outputShape;
  },
  Transpose: ({inputs, attrs}) => attrs.perm.map((dimension: number) => inputs.x.shape[dimension]),
};

/**
 * tfjs-backend-wasm 4.22 gives memory as it finds it where there is nothing to sum up. Here sums, products of matrices and convolutions
 * of nothing are 0, reductions are what TensorFlow makes of them, and what has no values can be transposed. To be called after these
 * kernels were replaced by others.
 */
export function replaceKernelsOfNothing(): void {
  for (const [name, value] of Object.entries(ofNothing))
    replaceKernel(name, (shipped) => (call) => {
      const x = call.inputs.x as TensorInfo;
      const dtype = name === 'Mean' ? 'float32' : (x.dtype as DType);
      return isEmpty(x) ? filled(call, {shape: reducedShape(call, x), dtype}, value(dtype)) : shipped!(call);
    });
  replaceKernel('BatchMatMul', (shipped) => (call) => {
    const {a, b} = call.inputs as {a: TensorInfo; b: TensorInfo};
    return isEmpty(a) || isEmpty(b)
      ? filled(call, {shape: productShape(call, a, b), dtype: 'float32'}, 0)
      : shipped!(call);
  });
  for (const [name, shapeOf] of Object.entries(moved))
    replaceKernel(name, (shipped) => (call) => {
      const shape = shapeOf(call);
      const dtype = name === 'ArgMax' ? 'int32' : (call.inputs.x.dtype as DType);
      return sizeOf(shape) === 0 ? call.backend.makeOutput(shape, dtype) : shipped!(call);
    });
  replaceKernel('Conv2DBackpropFilter', (shipped) => (call) => {
    const shape = call.attrs.filterShape as number[];
    return isEmpty(call.inputs.x) || isEmpty(call.inputs.dy)
      ? filled(call, {shape, dtype: 'float32'}, 0)
      : shipped!(call);
  });
}

function isEmpty({shape}: TensorInfo): boolean {
  return sizeOf(shape) === 0;
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
  const axes = tf.util.parseAxisParam((attrs.axis ?? attrs.reductionIndices ?? shape.map((_, i) => i)) as number[], [
    ...shape,
  ]);
  const [reduced] = tf.backend_util.computeOutAndReduceShapes([...shape], axes);
  return attrs.keepDims ? tf.backend_util.expandShapeToKeepDim(reduced, axes) : reduced;
}

function productShape({attrs}: KernelCall, a: TensorInfo, b: TensorInfo): number[] {
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return [...batch, a.shape.at(attrs.transposeA ? -1 : -2)!, b.shape.at(attrs.transposeB ? -2 : -1)!];
}
