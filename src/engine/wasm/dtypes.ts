import type * as TF from '@tensorflow/tfjs-core';
import {tf} from '../tf.js';
import {replaceKernel} from './registry.js';
import type {KernelCall, KernelFunc, TensorInfo} from './types.js';

const floatOnly = 'Acos Acosh Asin Asinh Atanh IsFinite IsInf IsNan Log1p Reciprocal'.split(' ');
const notOfBools =
  'Abs Atan Atan2 Exp Expm1 FloorDiv LeakyRelu Mod Neg Relu Relu6 Round Selu Sign Sinh Softplus Square Step TopK'.split(
    ' ',
  );

/**
 * Where tfjs-backend-wasm 4.22 has no code for a dtype, it gives memory as it lies, or the bits of one dtype as another. Here what only
 * moves or casts values is right for each dtype, and what computes is refused, as TensorFlow refuses it.
 */
export function replaceKernelsByDtype(): void {
  for (const name of floatOnly) refuse(name, ['int32', 'bool']);
  for (const name of notOfBools) refuse(name, ['bool']);
  replaceKernel('Cast', (shipped) => (call) => (makesBools(call) ? bools(call.inputs.x) : shipped!(call)));
  replaceKernel(
    'OneHot',
    (shipped) => (call) => (call.attrs.dtype === 'int32' ? shipped!(call) : oneHot(shipped!, call)),
  );
  replaceKernel('Prelu', () => prelu);
  replaceKernel('StridedSlice', (shipped) => (call) => keptDtype(call, shipped!(call)));
  for (const name of ['Reverse', 'StridedSlice', 'Select'])
    replaceKernel(name, (shipped) => (call) => (movesBools(call) ? throughIntegers(name, call) : shipped!(call)));
  replaceKernel('Select', (shipped) => (call) => {
    const {t, e} = call.inputs as {t: TensorInfo; e: TensorInfo};
    if (t.dtype === e.dtype) return shipped!(call);
    throw new Error(
      `where: one side is ${t.dtype} and the other ${e.dtype}; cast one of them: tf.cast(x, '${t.dtype}')`,
    );
  });
}

function refuse(name: string, dtypes: readonly string[]): void {
  replaceKernel(name, (shipped) => (call) => {
    const wrong = Object.values(call.inputs as {[input: string]: TensorInfo}).find(({dtype}) => dtypes.includes(dtype));
    if (!wrong) return shipped!(call);
    throw new Error(
      `${name} of ${wrong.dtype}: the wasm engine can't compute it; cast it first: tf.cast(x, 'float32')`,
    );
  });
}

function makesBools({inputs, attrs}: KernelCall): boolean {
  return attrs.dtype === 'bool' && inputs.x.dtype !== 'bool';
}

function bools(x: TF.Tensor): TensorInfo {
  return tf.tidy(() => tf.notEqual(x, tf.scalar(0, x.dtype as 'float32')));
}

/** The kernel makes integers of 0 and 1, whatever is asked for. */
function oneHot(shipped: KernelFunc, {inputs, attrs, backend}: KernelCall): TensorInfo {
  const {dtype, onValue, offValue} = attrs as {dtype: 'float32'; onValue: number; offValue: number};
  return tf.tidy(() => {
    const ones = tf
      .engine()
      .makeTensorFromTensorInfo(shipped({inputs, attrs: {...attrs, dtype: 'int32', onValue: 1, offValue: 0}, backend}));
    return tf.where(tf.cast(ones, 'bool'), tf.scalar(onValue, dtype), tf.scalar(offValue, dtype));
  });
}

/** The kernel takes one factor a value, of float32. */
function prelu({inputs}: KernelCall): TensorInfo {
  const {x, alpha} = inputs as {x: TF.Tensor; alpha: TF.Tensor};
  return tf.tidy(() => {
    const values = tf.cast(x, 'float32');
    return tf.where(tf.less(values, 0), tf.mul(values, tf.cast(alpha, 'float32')), values);
  });
}

/** The kernel moves four bytes a value, and calls them float32. */
function keptDtype({inputs, backend}: KernelCall, moved: TensorInfo): TensorInfo {
  const {dtype} = inputs.x as {dtype: 'int32'};
  if (moved.dtype === dtype) return moved;
  const result = backend.makeOutput(moved.shape, dtype);
  const bits = backend.typedArrayFromHeap(moved);
  backend.typedArrayFromHeap(result).set(new Int32Array(bits.buffer, bits.byteOffset, bits.length));
  backend.disposeData(moved.dataId);
  return result;
}

function movesBools({inputs}: KernelCall): boolean {
  return (inputs.x ?? inputs.t).dtype === 'bool';
}

function throughIntegers(name: string, {inputs, attrs}: KernelCall): TensorInfo {
  return tf.tidy(() => {
    const {condition, ...moved} = inputs as {[input: string]: TF.Tensor};
    const integers = Object.entries(moved).map(([input, x]) => [input, tf.cast(x, 'int32')]);
    const all = {...(condition && {condition}), ...Object.fromEntries(integers)};
    return tf.cast(tf.engine().runKernel(name, all, attrs) as TF.Tensor, 'bool');
  });
}
